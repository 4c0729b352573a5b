"""Settings that are one value for one key: show it, set it, take it back."""

from typing import TypeVar

from fastapi import Response

from api.access.tokens import Actor
from api.deps import Office
from api.errors import NotFound
from api.http.envelopes import Envelope
from api.settings.optimistic_locking import writing
from api.settings.repositories import Shelf
from api.settings.schemas import Setting
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)


async def show(office: Office, shelf: Shelf[T], key: str, response: Response, absent: str) -> Envelope[Setting[T]]:
    """Raises NotFound, saying `absent`."""
    found = await office.store.one(shelf, key)
    if found is None:
        raise NotFound(absent)
    return Envelope(data=Setting.of(key, found, response))


async def replace(
    office: Office, user: Actor, shelf: Shelf[T], key: str, value: T, expected: str | None, response: Response
) -> Envelope[Setting[T]]:
    async with writing(office, user) as pen:
        before = await pen.expect(shelf, key, expected)
        await pen.put(shelf, key, before, value)
    return Envelope(data=Setting.of(key, value, response))


async def remove(office: Office, user: Actor, shelf: Shelf[T], key: str, expected: str | None, absent: str) -> None:
    """Raises NotFound, saying `absent`."""
    async with writing(office, user) as pen:
        before = await pen.expect(shelf, key, expected)
        if before is None:
            raise NotFound(absent)
        await pen.put(shelf, key, before, None)
