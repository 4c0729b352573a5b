"""What the routes of all settings share: list, show, replace and remove one, with optimistic locking.

A change names the version that the caller has read. When the setting has another version by then, the answer is a
conflict that holds the current one.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from fastapi import Response

from api.access.deps import Actor
from api.errors import Conflict, Invalid, NotFound
from api.http.envelopes import ConflictDetails, Envelope, FieldError, Meta, Page
from api.settings.repositories import SettingRepository
from api.settings.schemas import Setting, SettingFilter
from api.settings.store import AlreadyExists, SettingsStore, SettingsTransaction, StaleSetting, version
from models.settings.area import SettingRefused
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)

# The digest of a password in the states of users. Clients do not see it.
_HIDDEN = {"password_mark"}


def paged(settings: Mapping[str, T], filters: SettingFilter) -> Page[Setting[T]]:
    """Return one page of the settings whose keys contain the search text."""
    text = (filters.search or "").casefold()
    keys = [key for key in settings if text in key.casefold()]
    return Page(
        data=[Setting.of(key, settings[key]) for key in keys[filters.offset : filters.offset + filters.per_page]],
        meta=Meta(total=len(keys), page=filters.page, per_page=filters.per_page),
    )


async def show(
    store: SettingsStore, repository: SettingRepository[T], key: str, response: Response, absent: str
) -> Envelope[Setting[T]]:
    """Return the setting with its ETag. Raise NotFound with the message `absent` when there is none."""
    found = await store.one(repository, key)
    if found is None:
        raise NotFound(absent)
    return Envelope(data=Setting.of(key, found, response))


async def replace(
    store: SettingsStore,
    user: Actor,
    repository: SettingRepository[T],
    key: str,
    value: T,
    expected: str | None,
    response: Response,
) -> Envelope[Setting[T]]:
    """Write the setting and return it with its new ETag. Raise Conflict when it has another version than expected."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        await transaction.put(repository, key, before, value)
    return Envelope(data=Setting.of(key, value, response))


async def remove(
    store: SettingsStore, user: Actor, repository: SettingRepository[T], key: str, expected: str | None, absent: str
) -> None:
    """Delete the setting. Raise NotFound with the message `absent` when there is none, Conflict when it is stale."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(repository, key, expected)
        if before is None:
            raise NotFound(absent)
        await transaction.put(repository, key, before, None)


@asynccontextmanager
async def writing(store: SettingsStore, user: Actor) -> AsyncIterator[SettingsTransaction]:
    """Yield a transaction. Refusals of the store become Conflict (409) and Invalid (400)."""
    try:
        async with store.writing(user.username) as transaction:
            yield transaction
    except StaleSetting as stale:
        raise _conflict(stale) from stale
    except SettingRefused as refused:
        raise Invalid(str(refused), [FieldError(path=refused.path, message=refused.message)]) from refused


def _conflict(stale: StaleSetting) -> Conflict:
    if isinstance(stale, AlreadyExists):
        return Conflict(str(stale), ConflictDetails(reason="AlreadyExists", current=_shown(stale.current)))
    if stale.current is None:
        message = f"{stale.key} does not exist; it may have been removed. To create it, leave out If-Match."
    else:
        message = (
            f"{stale.key} has been set or changed since you read it. Read it again and repeat your change with its "
            "version in If-Match."
        )
    return Conflict(message, ConflictDetails(reason="StaleVersion", current=_shown(stale.current)))


def _shown(current: Strict | None) -> dict[str, Any] | None:
    if current is None:
        return None
    return {"version": version(current), "value": current.model_dump(mode="json", exclude=_HIDDEN)}
