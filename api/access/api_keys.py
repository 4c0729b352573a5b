"""The API keys in PostgreSQL, as authentication reads them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from api.errors import Unauthorized
from models.access.api_keys import hash_of
from models.access.roles import Role
from models.access.tables import ApiKey, User

_USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class UsedKey:
    """A valid key. Its role is at most the one that its owner has now."""

    name: str
    created_by: str
    role: Role


class ApiKeyRepository:
    """Reads keys through `queries`, as every request does, and notes their use through `changes`."""

    def __init__(self, queries: AsyncEngine, changes: AsyncEngine) -> None:
        self._queries = queries
        self._changes = changes

    async def used(self, secret: str, now: datetime) -> UsedKey:
        """Return the key and note that it was used.

        Raise Unauthorized when it is unknown, revoked or expired, or when its owner is not active.
        """
        owner_role: ColumnElement[str] = col(User.role).label("owner_role")
        row_of = select(
            *(col(ApiKey.id), col(ApiKey.name), col(ApiKey.created_by), col(ApiKey.role), col(ApiKey.expires_at)),
            *(col(ApiKey.revoked_at), col(ApiKey.last_used_at), owner_role, col(User.active)),
        ).join(User, col(User.username) == col(ApiKey.created_by))
        async with self._queries.connect() as connection:
            row = (await connection.execute(row_of.where(col(ApiKey.key_hash) == hash_of(secret)))).first()
        if row is None or row.revoked_at is not None or not row.active:
            raise Unauthorized("the API key is not valid")
        if row.expires_at <= now:
            raise Unauthorized("API key expired")
        if row.last_used_at is None or now - row.last_used_at >= _USE_IS_NOTED_EVERY:
            async with self._changes.begin() as connection:
                await connection.execute(update(ApiKey).where(col(ApiKey.id) == row.id).values(last_used_at=now))
        return UsedKey(row.name, row.created_by, Role(row.role).at_most(Role(row.owner_role)))
