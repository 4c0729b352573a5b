"""The delegations in PostgreSQL, as the permission of a command reads them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.access.roles import Role
from models.access.tables import Delegation, User


@dataclass(frozen=True)
class Delegator:
    """The user in whose name somebody acts, with their present role, and the commands that they delegated for today."""

    username: str
    role: Role
    commands: frozenset[str]


class DelegationRepository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def delegator(self, username: str, delegate: str, today: date) -> Delegator | None:
        """Return the delegator with what `delegate` may do for them today.

        None if there is no such active user, or no delegation that stands.
        """
        user = select(col(User.username), col(User.role)).where(col(User.username) == username, col(User.active))
        standing = select(col(Delegation.commands)).where(
            col(Delegation.delegator) == username, col(Delegation.delegate) == delegate, Delegation.stands_on(today)
        )
        async with self._engine.connect() as connection:
            found = (await connection.execute(user)).first()
            commands = (await connection.execute(standing)).scalars().all()
        if found is None or not commands:
            return None
        return Delegator(found.username, Role(found.role), frozenset(name for each in commands for name in each))
