"""The pages of the users: who may sign in, with which role. Only admins have them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor, PasswordsDep, require
from api.errors import ApiError, Conflict, NotFound
from api.pages.access.access_forms import (
    MOST_FIELDS,
    NEW_USER,
    TABS,
    USERS,
    end_form,
    password_form,
    text_of,
    user_form,
)
from api.pages.forms.fields import Typed, body_of, read
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.settings import users
from api.settings.deps import SettingsStoreDep
from api.settings.routes.users import NameInPath, add_user, change_user, end_user_sessions
from api.settings.schemas import UserView
from api.settings.store import SettingsStore
from api.uploads import UploadRoute
from models.access.roles import ADMINISTERING, Role
from models.access.users import NewUser, UserChange

router = APIRouter(prefix=USERS, include_in_schema=False, route_class=UploadRoute)


def _require(actor: Actor) -> None:
    require(actor, ADMINISTERING, "reading and changing users")


def _done(username: str) -> Response:
    return RedirectResponse(USERS + url_query({"done": username}), 303)


async def _user(store: SettingsStore, username: str) -> UserView:
    async with store.reading() as connection:
        found = await users.user(connection, username)
    if found is None:
        raise NotFound(f"There is no user {username}.")
    return UserView.of(username, found)


@router.get("")
async def users_page(
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    done: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    _require(actor)
    async with store.reading() as connection:
        rows = [UserView.of(name, state) for name, state in (await users.users(connection)).items()]
    changed = next((row for row in rows if row.username == done), None)
    return desk.page("access/users.html.j2", tabs=TABS, rows=rows, done=changed)


@router.get("/new")
async def new_user_page(actor: PageActorDep, desk: DeskDep) -> Response:
    _require(actor)
    return form_response(desk, NEW_USER, {"role": Role.VIEWER.value})


@router.post("/new")
async def new_user(
    request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep, passwords: PasswordsDep
) -> Response:
    """Add a user. A repeated form finds the user there already, and says so."""
    _require(actor)
    typed, key, _ = await _typed(request, desk, NEW_USER)
    body, errors = body_of(NewUser, typed.values)
    if not isinstance(body, NewUser):
        return form_response(desk, NEW_USER, typed.texts, status=400, key=key, errors=errors)
    try:
        await add_user(body, store, passwords, actor, Response())
    except ApiError as refused:
        return refused_response(desk, NEW_USER, typed.texts, key, refused)
    return _done(body.username)


@router.get("/{username}")
async def user_page(username: NameInPath, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    _require(actor)
    found = await _user(store, username)
    return form_response(desk, user_form(username), _texts(found))


@router.post("/{username}")
async def save_user(
    username: NameInPath,
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    passwords: PasswordsDep,
) -> Response:
    """Change the role, the address and whether the user may sign in."""
    _require(actor)
    form = user_form(username)
    typed, key, version = await _typed(request, desk, form)
    values = {"email": "", **{name: value for name, value in typed.values.items() if name != "version"}}
    return await _change(desk, form, typed, key, version, username, values, (store, passwords, actor))


@router.get("/{username}/password")
async def password_page(username: NameInPath, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    _require(actor)
    found = await _user(store, username)
    return form_response(desk, password_form(username), {"version": found.version})


@router.post("/{username}/password")
async def set_password(
    username: NameInPath,
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    passwords: PasswordsDep,
) -> Response:
    """Set the password of the user, whose sessions end."""
    _require(actor)
    form = password_form(username)
    typed, key, version = await _typed(request, desk, form)
    if "password" not in typed.values:
        errors = {"password": "is required"}
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    values = {"password": typed.values["password"]}
    return await _change(desk, form, typed, key, version, username, values, (store, passwords, actor))


@router.get("/{username}/end-sessions")
async def end_page(username: NameInPath, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    _require(actor)
    await _user(store, username)
    return form_response(desk, end_form(username), {})


@router.post("/{username}/end-sessions")
async def end_sessions(username: NameInPath, actor: PageActorDep, store: SettingsStoreDep) -> Response:
    _require(actor)
    await end_user_sessions(username, store, actor)
    return _done(username)


async def _change(
    desk: Desk,
    form: FormPage,
    typed: Typed,
    key: str,
    version: str,
    username: str,
    values: dict[str, object],
    means: tuple[SettingsStore, PasswordsDep, Actor],
) -> Response:
    """Change the user. After a conflict show the form with what was typed on the version that is there now."""
    body, errors = body_of(UserChange, values)
    if not isinstance(body, UserChange):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    store, passwords, actor = means
    try:
        await change_user(username, body, store, passwords, actor, version, Response())
    except Conflict as refused:
        current = await _user(store, username)
        return refused_response(desk, form, {**typed.texts, "version": current.version}, key, refused)
    except ApiError as refused:
        return refused_response(desk, form, typed.texts, key, refused)
    return _done(username)


async def _typed(request: Request, desk: Desk, form: FormPage) -> tuple[Typed, str, str]:
    """Return what was typed, the key of the form and the version that it was shown for."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return read(tuple(form.fields), posted, desk.formats.zone), form_key(posted), text_of(posted, "version")


def _texts(user: UserView) -> dict[str, str]:
    return {
        "role": user.role.value,
        "email": user.email or "",
        "active": str(user.active).lower(),
        "version": user.version,
    }
