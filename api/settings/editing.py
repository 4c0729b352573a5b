"""Settings that are one value for one key: show it, set it, take it back."""

from typing import TypeVar

from fastapi import Response

from api.access.tokens import Actor
from api.deps import AppState
from api.errors import NotFound
from api.http.envelopes import Envelope
from api.settings.optimistic_locking import writing
from api.settings.repositories import SettingRepository
from api.settings.schemas import Setting
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)


async def show(
    state: AppState, repository: SettingRepository[T], key: str, response: Response, absent: str
) -> Envelope[Setting[T]]:
    """Raises NotFound, saying `absent`."""
    found = await state.store.one(repository, key)
    if found is None:
        raise NotFound(absent)
    return Envelope(data=Setting.of(key, found, response))


async def replace(
    state: AppState,
    user: Actor,
    repository: SettingRepository[T],
    key: str,
    value: T,
    expected: str | None,
    response: Response,
) -> Envelope[Setting[T]]:
    async with writing(state, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        await transaction.put(repository, key, before, value)
    return Envelope(data=Setting.of(key, value, response))


async def remove(
    state: AppState, user: Actor, repository: SettingRepository[T], key: str, expected: str | None, absent: str
) -> None:
    """Raises NotFound, saying `absent`."""
    async with writing(state, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(absent)
        await transaction.put(repository, key, before, None)
