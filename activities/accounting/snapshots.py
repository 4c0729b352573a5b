"""The activity that takes the daily snapshot of the finance dashboard (docs/specification/dashboard.md 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.accounting.finance_sums import read_figures
from models.accounting.ports import TAKE_SNAPSHOT, SnapshotRequest, SnapshotTaken
from models.accounting.tables import FinanceSnapshot
from models.values.failure_codes import Failure
from models.values.period import local_day, local_moment

OLDEST_DAYS: Final = 7


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class DailySnapshot:
    """The activity of the snapshot. `clock` is the present time, by which a day is over or too long ago."""

    engine: AsyncEngine
    clock: Callable[[], datetime] = _now

    @activity.defn(name=TAKE_SNAPSHOT.name)
    async def take(self, request: SnapshotRequest) -> SnapshotTaken:
        """Store the figures of the day, unless it has a snapshot that is to be kept.

        Raises DAY_NOT_AVAILABLE for a day that is not over, or so long ago that the invoices have changed since.
        """
        if not request.replace and await self._is_stored(request.day):
            return SnapshotTaken(day=request.day, new=False)
        self._require_recent(request)
        end = local_moment(request.day + timedelta(days=1), 0, request.zone)
        figures = await read_figures(self.engine, request.day, request.zone, changed_since=end)
        values = {"figures": figures.model_dump(mode="json")}
        row = insert(FinanceSnapshot).values(day=request.day, **values)
        key = [col(FinanceSnapshot.day)]
        if request.replace:
            saved = row.on_conflict_do_update(index_elements=key, set_=values | {"created_at": func.now()})
        else:
            saved = row.on_conflict_do_nothing(index_elements=key)
        async with self.engine.begin() as connection:
            written = await connection.scalar(saved.returning(col(FinanceSnapshot.day)))
        return SnapshotTaken(day=request.day, new=written is not None)

    async def _is_stored(self, day: date) -> bool:
        query = select(col(FinanceSnapshot.day)).where(col(FinanceSnapshot.day) == day)
        async with self.engine.connect() as connection:
            return await connection.scalar(query) is not None

    def _require_recent(self, request: SnapshotRequest) -> None:
        today = local_day(self.clock(), request.zone)
        oldest = today - timedelta(days=OLDEST_DAYS)
        if not oldest <= request.day < today:
            raise ApplicationError(
                f"A snapshot of {request.day} cannot be taken on {today} ({request.zone}). It shows the invoices as "
                f"they are when it is taken, so the day must be over, and not before {oldest}.",
                type=Failure.DAY_NOT_AVAILABLE,
                non_retryable=True,
            )
