"""Reads the stored snapshots of the finance dashboard."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.accounting.finance_sums import read_figures
from models.accounting.finance_snapshot import FinanceFigures
from models.accounting.tables import FinanceSnapshot
from models.values.typed_values import AS_RECORDED

SHOWN_DAYS = 10


class Dashboards:
    """The finance dashboard of today, computed from the invoices, and of past days, as it was stored."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def live(self, today: date, zone: str) -> FinanceFigures:
        """Return the figures of today."""
        return await read_figures(self._engine, today, zone, changed_since=None)

    async def stored(self, day: date) -> FinanceFigures | None:
        """Return the snapshot of a past day; None if there is none."""
        query = select(col(FinanceSnapshot.figures)).where(col(FinanceSnapshot.day) == day)
        async with self._engine.connect() as connection:
            found = await connection.scalar(query)
        return None if found is None else FinanceFigures.model_validate(found, context=AS_RECORDED)

    async def days(self) -> list[date]:
        """Return the newest days that have a snapshot, the newest first, and the oldest one at the end."""
        newest = select(col(FinanceSnapshot.day)).order_by(col(FinanceSnapshot.day).desc()).limit(SHOWN_DAYS)
        oldest = select(col(FinanceSnapshot.day)).order_by(col(FinanceSnapshot.day)).limit(1)
        async with self._engine.connect() as connection:
            found = list((await connection.scalars(newest)).all())
            first = await connection.scalar(oldest)
        return found if first is None or first in found else [*found, first]
