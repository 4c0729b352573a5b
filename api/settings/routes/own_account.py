"""Routes of one's own account: another password, and the logout."""

from fastapi import APIRouter

from api.access.deps import LoggedInDep, PasswordCheckDep, PasswordsDep, TokensDep
from api.access.repository import Credentials
from api.access.schemas import TokenView
from api.deps import NowDep
from api.errors import Conflict, Invalid
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import ConflictDetails, Envelope
from api.http.error_responses import errors
from api.settings import users
from api.settings.deps import SettingsStoreDep
from api.settings.editing import writing
from api.settings.store import ANY_VERSION, SettingsTransaction
from models.access.users import OwnPasswordChange, normalised, password_mark

router = APIRouter(prefix="/auth", tags=["login"], route_class=DecimalJsonRoute)


@router.post("/password", summary="Change one's own password", responses=errors(400, 401, 403, 409, 429, 503))
async def change_own_password(
    body: OwnPasswordChange,
    user: LoggedInDep,
    check: PasswordCheckDep,
    passwords: PasswordsDep,
    store: SettingsStoreDep,
    tokens: TokensDep,
    now: NowDep,
) -> Envelope[TokenView]:
    """Ends all tokens of the user and returns a new one. A wrong old password counts as a failed login."""
    new = body.new_password.get_secret_value()
    if normalised(body.old_password) == new:
        raise Invalid.at("new_password", "must differ from the old password")
    known = await check.user(user.username, body.old_password)
    if known is None:
        raise Invalid.at("old_password", "is not your password")
    hashed = await passwords.hash_new(user.username, new, field="new_password")
    async with writing(store, user) as transaction:
        await _expect_unchanged(transaction, known)
        await users.change(transaction, user.username, ANY_VERSION, password_hash=hashed)
    changed = await check.users.find(user.username)
    assert changed is not None  # users cannot be deleted
    return Envelope(data=TokenView.issued(tokens, changed, now))


@router.post("/logout", status_code=204, summary="Log out", responses=errors(401, 403, 503))
async def log_out(user: LoggedInDep, store: SettingsStoreDep) -> None:
    """Ends all tokens of the user, also those of other devices."""
    async with writing(store, user) as transaction:
        await users.end_sessions(transaction.connection, user.username)


async def _expect_unchanged(transaction: SettingsTransaction, known: Credentials) -> None:
    """Raise Conflict when the user has another password than the one that was checked."""
    state = await users.user(transaction.connection, known.username)
    if state is None or state.password_mark != password_mark(known.password_hash):
        raise Conflict("The password was changed meanwhile; log in again.", ConflictDetails(reason="StaleVersion"))
