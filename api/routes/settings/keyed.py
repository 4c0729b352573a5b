"""Settings that are one value for one key: show it, set it, take it back."""

from typing import TypeVar

from fastapi import Response

from api.auth import Actor
from api.deps import Office
from api.envelopes import Envelope
from api.errors import NotFound
from api.routes.settings.versions import writing
from api.setting_views import Setting
from api.settings_store.shelves import Shelf
from models.frozen import Strict

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
