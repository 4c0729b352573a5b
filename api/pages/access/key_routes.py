"""The pages of the API keys: list, make, revoke. A key is shown once, in the answer to the form that made it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor, require
from api.deps import NowDep
from api.errors import ApiError, NotFound
from api.pages.access.access_forms import KEYS, MOST_FIELDS, NEW_KEY, TABS, revoke_form
from api.pages.forms.fields import body_of, read
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.settings import api_keys
from api.settings.deps import SettingsStoreDep
from api.settings.routes.api_keys import KeyId, make_api_key, revoke_api_key
from api.settings.schemas import ApiKeyView
from api.settings.store import SettingsStore
from api.uploads import UploadRoute
from models.access.api_keys import NewApiKey
from models.access.roles import ADMINISTERING, Role

router = APIRouter(prefix=KEYS, include_in_schema=False, route_class=UploadRoute)

USUAL_DAYS = NewApiKey.model_fields["expires_in_days"].default


def _require(actor: Actor) -> None:
    require(actor, ADMINISTERING, "reading and changing API keys")


async def keys(store: SettingsStore, owner: str | None = None) -> list[ApiKeyView]:
    """Return the keys, the newest first; those of one owner if one is named."""
    async with store.reading() as connection:
        found = [ApiKeyView.model_validate(row) for row in await api_keys.keys(connection)]
    return [each for each in found if owner in (None, each.created_by)]


@router.get("")
async def keys_page(
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    now: NowDep,
    done: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    _require(actor)
    rows = await keys(store)
    changed = next((row for row in rows if row.id == done), None)
    return desk.page("access/keys.html.j2", tabs=TABS, rows=rows, now=now, done=changed)


@router.get("/new")
async def new_key_page(actor: PageActorDep, desk: DeskDep) -> Response:
    _require(actor)
    return form_response(desk, NEW_KEY, {"role": Role.VIEWER.value, "expires_in_days": str(USUAL_DAYS)})


@router.post("/new")
async def new_key(
    request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep, now: NowDep
) -> Response:
    """Make a key and show it. A repeated form finds the name taken, so that no second key is made."""
    _require(actor)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, typed = form_key(posted), read(tuple(NEW_KEY.fields), posted, desk.formats.zone)
    values = dict(typed.values)
    days = str(values.get("expires_in_days", ""))
    if days.isascii() and days.isdigit():
        values["expires_in_days"] = int(days)
    body, errors = body_of(NewApiKey, values)
    if not isinstance(body, NewApiKey):
        return form_response(desk, NEW_KEY, typed.texts, status=400, key=key, errors=errors)
    try:
        made = (await make_api_key(body, store, actor, actor, now)).data
    except ApiError as refused:
        return refused_response(desk, NEW_KEY, typed.texts, key, refused)
    return desk.page("access/new_key.html.j2", tabs=TABS, made=made)


@router.get("/{key_id}/revoke")
async def revoke_page(key_id: KeyId, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    _require(actor)
    found = next((each for each in await keys(store) if each.id == key_id), None)
    if found is None or found.revoked_at is not None:
        raise NotFound(f"There is no API key {key_id}, or it is revoked already.")
    return form_response(desk, revoke_form(found.id, found.name, found.prefix), {})


@router.post("/{key_id}/revoke")
async def revoke(key_id: KeyId, actor: PageActorDep, store: SettingsStoreDep, now: NowDep) -> Response:
    """Revoke the key. A repeated form finds it revoked, which is what was asked for."""
    _require(actor)
    found = next((each for each in await keys(store) if each.id == key_id), None)
    if found is None or found.revoked_at is None:
        await revoke_api_key(key_id, store, actor, now)
    return RedirectResponse(KEYS + url_query({"done": key_id}), 303)
