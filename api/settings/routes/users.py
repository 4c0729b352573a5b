"""Routes of the users: who may log in, and with which role."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.access.deps import PasswordsDep
from api.errors import Invalid, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.settings import users
from api.settings.deps import ExpectedVersion, SettingsStoreDep, UserAdministrator
from api.settings.editing import writing
from api.settings.schemas import UserView
from models.access.users import NewUser, UserChange, Username

router = APIRouter(prefix="/settings/users", tags=["settings"], route_class=DecimalJsonRoute)

NameInPath = Annotated[Username, Path(examples=["lena"])]


@router.get("", summary="List the users", responses=errors(401, 403, 503))
async def list_users(store: SettingsStoreDep, _: UserAdministrator) -> Envelope[list[UserView]]:
    async with store.reading() as connection:
        found = await users.users(connection)
    return Envelope(data=[UserView.of(name, state) for name, state in found.items()])


@router.post("", status_code=201, summary="Add a user", responses=errors(400, 401, 403, 409, 503))
async def add_user(
    body: NewUser, store: SettingsStoreDep, passwords: PasswordsDep, admin: UserAdministrator, response: Response
) -> Envelope[UserView]:
    hashed = await passwords.hash_new(body.username, body.password.get_secret_value())
    async with writing(store, admin) as transaction:
        added = await users.add(transaction, body.username, body.role, hashed, body.email)
    return Envelope(data=UserView.of(body.username, added, response))


@router.patch(
    "/{username}",
    summary="Change a user's role, password, access or address",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def change_user(
    username: NameInPath,
    body: UserChange,
    store: SettingsStoreDep,
    passwords: PasswordsDep,
    admin: UserAdministrator,
    expected: ExpectedVersion,
    response: Response,
) -> Envelope[UserView]:
    """Changes the given fields with immediate effect. A new password or another `active` ends the user's tokens. The
    last active admin cannot lose the role or the access."""
    if not body.model_fields_set:
        raise Invalid.at("body", "give role, active, password or email")
    hashed = await passwords.hash_new(username, body.password.get_secret_value()) if body.password else None
    async with writing(store, admin) as transaction:
        after = await users.change(
            transaction,
            username,
            expected,
            role=body.role,
            active=body.active,
            password_hash=hashed,
            email=body.email,
        )
    if after is None:
        raise NotFound(f"There is no user {username}.")
    return Envelope(data=UserView.of(username, after, response))


@router.post(
    "/{username}/end-sessions",
    status_code=204,
    summary="End a user's sessions",
    responses=errors(400, 401, 403, 404, 503),
)
async def end_user_sessions(username: NameInPath, store: SettingsStoreDep, admin: UserAdministrator) -> None:
    """Ends all tokens of the user, who has to log in again. The history of the settings has who did it."""
    async with writing(store, admin) as transaction:
        if not await users.end_all_sessions(transaction, username):
            raise NotFound(f"There is no user {username}.")
