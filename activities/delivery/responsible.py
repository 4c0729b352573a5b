"""The people who are told that an invoice waits for them: the users of a role, and those who act for them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from models.access.roles import Role
from models.access.tables import Delegation, User
from models.values.period import BILLING_ZONE, local_day


@dataclass(frozen=True)
class Responsible:
    """Those who must act and have an address: their names, and each address once. `role` is the one that was asked."""

    role: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def nobody(self) -> str:
        """The sentence for the case that there is nobody."""
        return f"No active user with the role {self.role} or a higher one, who may act, has an e-mail address."


async def responsible(engine: AsyncEngine, argument: Mapping[str, str], now: datetime) -> Responsible:
    """Return who is told by a deadline notice with this argument (models/invoice/deadlines/firing.py).

    These are the active users with exactly its role, and everybody who may give its command for one of them today. If
    none of them has an address, it is those of the next role that has one.
    """
    without = {name.strip().lower() for name in argument.get("without", "").splitlines()}
    today, asked = local_day(now, BILLING_ZONE), Role(argument["role"])
    async with engine.connect() as connection:
        for role in (each for each in Role if each.includes(asked)):
            if told := await _told(connection, role, argument["command"], without, today):
                return Responsible(asked, tuple(told), tuple(dict.fromkeys(told.values())))
    return Responsible(asked)


async def _told(
    connection: AsyncConnection, role: Role, command: str, without: Collection[str], today: date
) -> dict[str, str]:
    """Return the addresses by name.

    `without` are the people who may not act, in whose name nobody acts either.
    """
    may_act = func.lower(col(User.username)).not_in(without)
    of_role = select(col(User.username)).where(col(User.role) == role.value, col(User.active), may_act)
    acting = select(col(Delegation.delegate)).where(
        Delegation.stands_on(today), Delegation.includes(command), col(Delegation.delegator).in_(of_role)
    )
    query = select(col(User.username), col(User.email)).where(
        *(col(User.active), may_act, col(User.email).is_not(None)),
        or_(col(User.username).in_(of_role), col(User.username).in_(acting)),
    )
    rows = await connection.execute(query.order_by(col(User.username)))
    return {row.username: row.email for row in rows}
