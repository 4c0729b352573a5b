"""Reads and changes users in PostgreSQL. The API, the command line and the embedded stack use this module.

Passwords are stored as argon2id hashes. The history contains only that a password was changed.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from api.access.login_throttle import forget_name
from api.access.password_strength import reason_guessable
from api.access.passwords import hash_password
from api.settings.store import AlreadyExists, SettingsStore, SettingsTransaction, check_version
from models.access.roles import Role
from models.access.tables import User
from models.access.users import (
    LONGEST_NAME,
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    NewUser,
    UserState,
    password_mark,
)
from models.settings.area import Area, SettingRefused

RULES: Final = {
    "username": (
        f"The name must have at most {LONGEST_NAME} characters, start with a letter or a digit, and contain only "
        "letters, digits and . _ @ -"
    ),
    "email": "The address must be an e-mail address such as name@company.uz.",
    "password": f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
}
"""The rule of each field of a new user, as the command line prints it."""
SESSIONS_ENDED: Final = "All sessions were ended."
_COLUMNS = (col(User.username), col(User.role), col(User.active), col(User.password_hash), col(User.email))


async def users(connection: AsyncConnection) -> dict[str, UserState]:
    """Return all users by username."""
    rows = (await connection.execute(select(*_COLUMNS).order_by(col(User.username)))).all()
    return {row.username: _state(row) for row in rows}


async def user(connection: AsyncConnection, username: str) -> UserState | None:
    row = (await connection.execute(select(*_COLUMNS).where(col(User.username) == username))).first()
    return _state(row) if row else None


async def add(
    transaction: SettingsTransaction, username: str, role: Role, password_hash: str, email: str = ""
) -> UserState:
    """Add an active user and return its state. Raise AlreadyExists when the username is taken.

    Names that differ in case alone are the same name.
    """
    same_name = select(*_COLUMNS).where(func.lower(col(User.username)) == username.lower())
    if existing := (await transaction.connection.execute(same_name)).first():
        raise AlreadyExists("user", existing.username, _state(existing))
    row = {
        "username": username,
        "role": role.value,
        "password_hash": password_hash,
        "active": True,
        "email": email or None,
    }
    await transaction.connection.execute(insert(User).values(row))
    added = UserState(role=role, active=True, email=email or None, password_mark=password_mark(password_hash))
    await transaction.record(Area.USERS, username, None, added)
    return added


async def add_user(store: SettingsStore, new: NewUser, *, by: str) -> None:
    """Add one user in a transaction of its own; `by` is the actor in the history.

    Raise AlreadyExists, and SettingRefused when the password is easy to guess.
    """
    password = new.password.get_secret_value()
    if reason := reason_guessable(new.username, password):
        raise SettingRefused("password", reason)
    async with store.writing(by) as transaction:
        await add(transaction, new.username, new.role, hash_password(password), new.email)


async def change(
    transaction: SettingsTransaction,
    username: str,
    expected: str | None,
    *,
    role: Role | None = None,
    active: bool | None = None,
    password_hash: str | None = None,
    email: str | None = None,
) -> UserState | None:
    """Change what is not None and return the user's new state; None when there is no such user.

    An empty `email` removes the address.

    A new password and a change of `active` end the user's sessions.

    Raise StaleSetting when the user does not have the expected version, and SettingRefused when the change would leave
    no active admin.
    """
    before = await user(transaction.connection, username)
    if before is None:
        return None
    check_version(username, before, expected)
    after = UserState(
        role=role or before.role,
        active=before.active if active is None else active,
        email=before.email if email is None else email or None,
        password_mark=password_mark(password_hash) if password_hash else before.password_mark,
    )
    if _is_admin(before) and not _is_admin(after) and await _count_other_admins(transaction.connection, username) == 0:
        raise SettingRefused("role", f"{username} is the only admin; give another user this role first")
    if after != before:
        values: dict[str, Any] = {"role": after.role.value, "active": after.active, "email": after.email}
        if password_hash:
            values["password_hash"] = password_hash
            await forget_name(transaction.connection, username)
        if password_hash or after.active != before.active:
            values["session_epoch"] = col(User.session_epoch) + 1
        await transaction.connection.execute(update(User).where(col(User.username) == username).values(values))
        await transaction.record(Area.USERS, username, before, after)
    return after


async def end_sessions(connection: AsyncConnection, username: str) -> None:
    """End all tokens of a user."""
    row = update(User).where(col(User.username) == username)
    await connection.execute(row.values(session_epoch=col(User.session_epoch) + 1))


async def end_all_sessions(transaction: SettingsTransaction, username: str) -> bool:
    """End all tokens of another user, and record it. Return whether there is such a user."""
    state = await user(transaction.connection, username)
    if state is None:
        return False
    await end_sessions(transaction.connection, username)
    await transaction.record(Area.USERS, username, state, state, SESSIONS_ENDED)
    return True


def _state(row: Any) -> UserState:
    return UserState(
        role=Role(row.role), active=row.active, email=row.email, password_mark=password_mark(row.password_hash)
    )


def _is_admin(state: UserState) -> bool:
    return state.active and state.role is Role.ADMIN


async def _count_other_admins(connection: AsyncConnection, username: str) -> int:
    conditions: Sequence[Any] = (
        col(User.role) == Role.ADMIN.value,
        col(User.active),
        col(User.username) != username,
    )
    return int(await connection.scalar(select(func.count()).select_from(User).where(*conditions)) or 0)
