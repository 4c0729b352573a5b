"""What a change of a setting must say: the version that was looked at; and the answer when it is no longer that one."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header

from api.access.tokens import Actor
from api.deps import AppState, at_least
from api.errors import Conflict, Invalid
from api.http.envelopes import ConflictDetails, FieldError, Meta, Page
from api.settings.schemas import Setting, SettingFilter
from api.settings.store import AlreadyThere, SettingsTransaction, StaleSetting, version
from models.access.roles import ADMINISTERING, CONFIGURING, READING
from models.settings.area import SettingRefused
from models.values.base_models import Strict

T = TypeVar("T", bound=Strict)

Reader = Annotated[Actor, Depends(at_least(READING, "reading"))]
Configurer = Annotated[Actor, Depends(at_least(CONFIGURING, "changing settings"))]
Administrator = Annotated[Actor, Depends(at_least(ADMINISTERING, "changing the company's settings"))]
UserAdministrator = Annotated[Actor, Depends(at_least(ADMINISTERING, "seeing and changing who may log in"))]


def _if_match(
    given: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The version that was looked at. Without it nothing may be there yet; `*`: whatever is there.",
            examples=['"5f1d3c9e2d0c4b44"'],
        ),
    ] = None,
) -> str | None:
    return None if given is None else given.strip().removeprefix("W/").strip('"')


Expected = Annotated[str | None, Depends(_if_match)]


@asynccontextmanager
async def writing(state: AppState, actor: Actor) -> AsyncIterator[SettingsTransaction]:
    """A transaction whose refusals become answers."""
    try:
        async with state.store.writing(actor.username) as transaction:
            yield transaction
    except StaleSetting as stale:
        raise _conflict(stale) from stale
    except SettingRefused as refused:
        raise Invalid(str(refused), [FieldError(path=refused.path, message=refused.message)]) from refused


def paged(settings: Mapping[str, T], wanted: SettingFilter) -> Page[Setting[T]]:
    text = (wanted.search or "").casefold()
    keys: Sequence[str] = [key for key in settings if text in key.casefold()]
    chosen = keys[wanted.offset : wanted.offset + wanted.per_page]
    return Page(
        data=[Setting.of(key, settings[key]) for key in chosen],
        meta=Meta(total=len(keys), page=wanted.page, per_page=wanted.per_page),
    )


def _conflict(stale: StaleSetting) -> Conflict:
    if isinstance(stale, AlreadyThere):
        return Conflict(str(stale), ConflictDetails(reason="AlreadyExists", current=_shown(stale.current)))
    if stale.current is None:
        message = f"{stale.key} is not there; perhaps somebody has removed it. To make it, leave If-Match out."
    else:
        message = (
            f"{stale.key} is not what you have seen; somebody has set or changed it. Look at it as it is now, and "
            "repeat your change with its version in If-Match."
        )
    return Conflict(message, ConflictDetails(reason="StaleVersion", current=_shown(stale.current)))


def _shown(current: Strict | None) -> dict[str, Any] | None:
    if current is None:
        return None
    hidden = {"password_mark"}
    return {"version": version(current), "value": current.model_dump(mode="json", exclude=hidden)}
