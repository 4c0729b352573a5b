"""Users in PostgreSQL. Their passwords are kept as argon2id hashes, and the history knows only that one changed.

The API, the command line and the embedded stack all write users by this module.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from api.access.passwords import HASHER
from api.settings.store import AlreadyThere, SettingsStore, SettingsTransaction, check_version
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
    "password": f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
}
"""The rule of each field of a new user, as the command line prints it."""
_COLUMNS = (col(User.username), col(User.role), col(User.active), col(User.password_hash))


async def users(connection: AsyncConnection) -> dict[str, UserState]:
    rows = (await connection.execute(select(*_COLUMNS).order_by(col(User.username)))).all()
    return {row.username: _state(row) for row in rows}


async def user(connection: AsyncConnection, username: str) -> UserState | None:
    row = (await connection.execute(select(*_COLUMNS).where(col(User.username) == username))).first()
    return _state(row) if row else None


async def add(transaction: SettingsTransaction, username: str, role: Role, password_hash: str) -> UserState:
    there = await user(transaction.connection, username)
    if there is not None:
        raise AlreadyThere("user", username, there)
    row = {"username": username, "role": role.value, "password_hash": password_hash, "active": True}
    await transaction.connection.execute(insert(User).values(row))
    made = UserState(role=role, active=True, password_mark=password_mark(password_hash))
    await transaction.note(Area.USERS, username, None, made)
    return made


async def add_user(database_url: str, new: NewUser, *, by: str) -> None:
    """Add one user on a connection of its own; `by` is the actor in the history. Raises AlreadyThere."""
    password_hash = HASHER.hash(new.password.get_secret_value())
    store = SettingsStore.at(database_url)
    try:
        async with store.writing(by) as transaction:
            await add(transaction, new.username, new.role, password_hash)
    finally:
        await store.close()


async def change(
    transaction: SettingsTransaction,
    username: str,
    expected: str | None,
    *,
    role: Role | None,
    active: bool | None,
    password_hash: str | None,
) -> UserState | None:
    """None when there is no such user."""
    before = await user(transaction.connection, username)
    if before is None:
        return None
    check_version(username, before, expected)
    after = UserState(
        role=role or before.role,
        active=before.active if active is None else active,
        password_mark=password_mark(password_hash) if password_hash else before.password_mark,
    )
    if _rules(before) and not _rules(after) and await _other_admins(transaction.connection, username) == 0:
        raise SettingRefused("role", f"{username} is the only admin; make somebody else one first")
    if after != before:
        values: dict[str, Any] = {"role": after.role.value, "active": after.active}
        if password_hash:
            values["password_hash"] = password_hash
        await transaction.connection.execute(update(User).where(col(User.username) == username).values(values))
        await transaction.note(Area.USERS, username, before, after)
    return after


def _state(row: Any) -> UserState:
    return UserState(role=Role(row.role), active=row.active, password_mark=password_mark(row.password_hash))


def _rules(state: UserState) -> bool:
    return state.active and state.role is Role.ADMIN


async def _other_admins(connection: AsyncConnection, username: str) -> int:
    conditions: Sequence[Any] = (
        col(User.role) == Role.ADMIN.value,
        col(User.active),
        col(User.username) != username,
    )
    return int(await connection.scalar(select(func.count()).select_from(User).where(*conditions)) or 0)
