"""Makes, lists and revokes API keys in PostgreSQL. A key itself is stored nowhere; only its hash is."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from api.settings import users
from api.settings.store import AlreadyExists, SettingsTransaction
from models.access.api_keys import KEY_START, LONGEST_DAYS, LONGEST_NAME, ApiKeyState, NewApiKey, hash_of, prefix_of
from models.access.roles import Role
from models.access.tables import ApiKey
from models.settings.area import Area, SettingRefused

RULES: Final = {
    "name": f"The name must have at most {LONGEST_NAME} characters, start with a letter or a digit, and contain only "
    "letters, digits and . _ -",
    "expires_in_days": f"The days must be 1 to {LONGEST_DAYS}.",
}
"""The rule of each field of a new key, as the command line prints it."""
_SHOWN = (
    *(col(ApiKey.id), col(ApiKey.name), col(ApiKey.prefix), col(ApiKey.role), col(ApiKey.created_by)),
    *(col(ApiKey.created_at), col(ApiKey.expires_at), col(ApiKey.last_used_at), col(ApiKey.revoked_at)),
)


async def keys(connection: AsyncConnection) -> Sequence[Any]:
    """Return all keys, the newest first, revoked ones too."""
    query = select(*_SHOWN).order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))
    return (await connection.execute(query)).all()


async def make(transaction: SettingsTransaction, new: NewApiKey, owner: str, now: datetime) -> tuple[Any, str]:
    """Make a key that belongs to the owner; return its row, and the key, which is shown only now.

    Raise AlreadyExists when a key that is not revoked has the name, and SettingRefused when there is no such owner.
    """
    connection = transaction.connection
    person = await users.user(connection, owner)
    if person is None or not person.active:
        raise SettingRefused("owner", f"there is no active user {owner}")
    same_name = select(*_SHOWN).where(
        func.lower(col(ApiKey.name)) == new.name.lower(), col(ApiKey.revoked_at).is_(None)
    )
    if existing := (await connection.execute(same_name)).first():
        raise AlreadyExists("API key", existing.name, _state(existing))
    secret = KEY_START + secrets.token_urlsafe(32)
    values = {
        "id": uuid4().hex,
        "name": new.name,
        "prefix": prefix_of(secret),
        "key_hash": hash_of(secret),
        "role": new.role.value,
        "created_by": owner,
        "created_at": now,
        "expires_at": now + timedelta(days=new.expires_in_days),
    }
    row = (await connection.execute(insert(ApiKey).values(values).returning(*_SHOWN))).one()
    await transaction.record(Area.API_KEYS, new.name, None, _state(row))
    return row, secret


async def revoke(transaction: SettingsTransaction, key_id: str, now: datetime) -> bool:
    """Revoke the key, and return whether there was one that was not revoked."""
    live = update(ApiKey).where(col(ApiKey.id) == key_id, col(ApiKey.revoked_at).is_(None))
    row = (await transaction.connection.execute(live.values(revoked_at=now).returning(*_SHOWN))).first()
    if row is None:
        return False
    await transaction.record(Area.API_KEYS, row.name, _state(row), None)
    return True


def _state(row: Any) -> ApiKeyState:
    return ApiKeyState(role=Role(row.role), prefix=row.prefix, created_by=row.created_by, expires_at=row.expires_at)
