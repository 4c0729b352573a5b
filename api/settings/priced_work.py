"""What the routes of both kinds of rates share: add one, correct one, remove one that has not begun."""

from datetime import date
from typing import TypeVar

from fastapi import Response

from api.access.deps import Actor
from api.errors import NotFound
from api.http.envelopes import Envelope
from api.settings.editing import writing
from api.settings.partner_repositories import PricedWorkRepository
from api.settings.schemas import Setting
from api.settings.store import AlreadyExists, SettingsStore
from models.partners.priced_work import PricedWorkInput
from models.settings.area import SettingRefused

R = TypeVar("R", bound=PricedWorkInput)


async def add(
    store: SettingsStore, user: Actor, repository: PricedWorkRepository[R], value: R, response: Response
) -> Envelope[Setting[R]]:
    """Write a new rate and return it. Raise Conflict when there is one for the same work from the same day on."""
    async with writing(store, user) as transaction:
        if existing := await transaction.current(repository, value.key):
            raise AlreadyExists("rate", value.key, existing)
        await transaction.put(repository, value.key, None, value)
    return Envelope(data=Setting.of(value.key, value, response))


async def correct(
    store: SettingsStore,
    user: Actor,
    repository: PricedWorkRepository[R],
    key: str,
    value: R,
    expected: str | None,
    response: Response,
) -> Envelope[Setting[R]]:
    """Replace a rate and return it. Raise NotFound when there is none, Conflict when it is stale."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(f"There is no rate {key}.")
        await transaction.put(repository, key, before, value)
    return Envelope(data=Setting.of(key, value, response))


async def remove_future(
    store: SettingsStore,
    user: Actor,
    repository: PricedWorkRepository[R],
    key: str,
    expected: str | None,
    today: date,
) -> None:
    """Delete a rate that has not begun. Raise Invalid for another one, because jobs may have been priced by it."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(f"There is no rate {key}.")
        if before.valid_from <= today:
            raise SettingRefused(
                "valid_from",
                f"the rate from {before.valid_from} has begun; to end it, set its last day or make it inactive",
            )
        await transaction.put(repository, key, before, None)
