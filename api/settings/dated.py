"""What the routes of dated settings share: add one, correct one, remove one that has not begun."""

from datetime import date
from typing import TypeVar

from fastapi import Response

from api.access.deps import Actor
from api.errors import NotFound
from api.http.envelopes import Envelope
from api.settings.editing import writing
from api.settings.partner_repositories import DatedRepository
from api.settings.schemas import Setting
from api.settings.store import AlreadyExists, SettingsStore
from models.settings.area import Area, SettingRefused
from models.settings.dated import DatedInput, ended_before

R = TypeVar("R", bound=DatedInput)

_NOUNS = {
    Area.INSTALLERS: "installer",
    Area.KPI_TARGETS: "KPI target",
    Area.KPI_RULES: "KPI rule",
    Area.CLOUD_RESOURCES: "cloud resource",
    Area.ALLOCATION_RULES: "allocation rule",
    Area.RESALE_RULES: "resale rule",
    Area.COST_RATES: "cost rate",
    Area.COST_ASSIGNMENTS: "cost assignment",
    Area.OVERHEAD_RULES: "overhead rule",
    Area.EXCHANGE_RATES: "exchange rate",
}


def noun(area: Area) -> str:
    """Return what a setting of the area is called in a message."""
    return _NOUNS.get(area, "rate")


async def add(
    store: SettingsStore, user: Actor, repository: DatedRepository[R], value: R, response: Response
) -> Envelope[Setting[R]]:
    """Write a new setting and return it. Raise Conflict when there is one for the same from the same day on."""
    async with writing(store, user) as transaction:
        if existing := await transaction.current(repository, value.key):
            raise AlreadyExists(noun(repository.area), value.key, existing)
        await transaction.put(repository, value.key, None, value)
    return Envelope(data=Setting.of(value.key, value, response))


async def correct(
    store: SettingsStore,
    user: Actor,
    repository: DatedRepository[R],
    key: str,
    value: R,
    expected: str | None,
    response: Response,
) -> Envelope[Setting[R]]:
    """Replace a setting and return it. Raise NotFound when there is none, Conflict when it is stale."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(f"There is no {noun(repository.area)} {key}.")
        await transaction.put(repository, key, before, value)
    return Envelope(data=Setting.of(key, value, response))


async def supersede(
    store: SettingsStore,
    user: Actor,
    repository: DatedRepository[R],
    key: str,
    following: R,
    expected: str | None,
    response: Response,
) -> Envelope[Setting[R]]:
    """End a setting on the day before another one for the same begins, and write that one, in one transaction.

    Raise NotFound when there is none, Conflict when it is stale or when the following one exists.
    """
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(f"There is no {noun(repository.area)} {key}.")
        ended = ended_before(before, following)
        if existing := await transaction.current(repository, following.key):
            raise AlreadyExists(noun(repository.area), following.key, existing)
        await transaction.put(repository, key, before, ended)
        await transaction.put(repository, following.key, None, following)
    return Envelope(data=Setting.of(following.key, following, response))


async def remove_future(
    store: SettingsStore,
    user: Actor,
    repository: DatedRepository[R],
    key: str,
    expected: str | None,
    today: date,
) -> None:
    """Delete a setting that has not begun. Raise Invalid for another one, because jobs may have been computed by it."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(f"There is no {noun(repository.area)} {key}.")
        if before.valid_from <= today:
            raise SettingRefused(
                "valid_from",
                f"the {noun(repository.area)} from {before.valid_from} has begun; to end it, set its last day or make "
                "it inactive",
            )
        await transaction.put(repository, key, before, None)
