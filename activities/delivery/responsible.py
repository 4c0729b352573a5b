"""The people who are told that an invoice waits for them: the users of a role, and those who act for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.access.tables import Delegation, User
from models.values.period import BILLING_ZONE, local_day


@dataclass(frozen=True)
class Responsible:
    """Those of a role who have an address, in the order of their names; `names` and `addresses` belong together."""

    role: str
    names: tuple[str, ...]
    addresses: tuple[str, ...]

    @property
    def nobody(self) -> str:
        """The sentence for the case that there is nobody."""
        return f"No active user who must act as {self.role} has an e-mail address."


async def responsible(engine: AsyncEngine, argument: Mapping[str, str], now: datetime) -> Responsible:
    """Return who is told by a deadline notice with this argument (models/invoice/deadlines/firing.py).

    These are the active users with exactly its role, and everybody who may give its command for one of them today.
    People who may not give the approval that is awaited are left out.
    """
    role, today = argument["role"], local_day(now, BILLING_ZONE)
    without = {name.strip().casefold() for name in argument.get("without", "").splitlines()}
    of_role = select(col(User.username)).where(col(User.role) == role, col(User.active))
    acting = select(col(Delegation.delegate)).where(
        Delegation.stands_on(today), Delegation.includes(argument["command"]), col(Delegation.delegator).in_(of_role)
    )
    query = select(col(User.username), col(User.email)).where(
        col(User.active),
        col(User.email).is_not(None),
        or_(col(User.username).in_(of_role), col(User.username).in_(acting)),
    )
    async with engine.connect() as connection:
        found = (await connection.execute(query.order_by(col(User.username)))).all()
    told = [row for row in found if row.username.casefold() not in without]
    return Responsible(role, tuple(row.username for row in told), tuple(row.email for row in told))
