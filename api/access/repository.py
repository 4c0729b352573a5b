"""The users' credentials in PostgreSQL, as login and authentication read them."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.access.tables import User


@dataclass(frozen=True)
class Credentials:
    """One user as stored. A user who is not active cannot log in."""

    username: str
    password_hash: str
    role: str
    active: bool
    session_epoch: int


class CredentialsRepository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, username: str) -> Credentials | None:
        """Return the user of this name, active or not; None when there is none."""
        columns = select(
            col(User.username), col(User.password_hash), col(User.role), col(User.active), col(User.session_epoch)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(columns.where(col(User.username) == username))).first()
        return Credentials(*row) if row else None
