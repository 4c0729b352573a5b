"""The stored snapshot of a day: once, unless it is replaced; exact sums; and the days that are refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.accounting.snapshots import DailySnapshot
from models.accounting.finance_snapshot import FinanceFigures
from models.accounting.ports import SnapshotRequest, SnapshotTaken
from models.accounting.tables import FinanceSnapshot
from models.values.failure_codes import Failure
from tests.fixtures.finance_rows import AS_OF, store, worked_out

ZONE = "Asia/Kuala_Lumpur"
REQUEST = SnapshotRequest(day=AS_OF, zone=ZONE)
# 16:15 UTC is 00:15 of the next day in Kuala Lumpur.
AFTER_MIDNIGHT = datetime(2026, 3, 4, 16, 15, tzinfo=UTC)


@pytest.fixture
def engine(connect: Callable[..., AsyncEngine]) -> AsyncEngine:
    """An engine of a database for one test, because a snapshot is about all invoices."""
    return connect()


async def take(engine: AsyncEngine, request: SnapshotRequest, now: datetime = AFTER_MIDNIGHT) -> SnapshotTaken:
    return await ActivityEnvironment().run(DailySnapshot(engine, lambda: now).take, request)


async def stored(engine: AsyncEngine) -> dict[date, FinanceFigures]:
    query = select(col(FinanceSnapshot.day), col(FinanceSnapshot.figures))
    async with engine.connect() as connection:
        found = await connection.execute(query)
        return {day: FinanceFigures.model_validate(figures) for day, figures in found}


async def change(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def test_a_day_has_one_snapshot_unless_it_is_replaced(engine: AsyncEngine) -> None:
    await store(engine, worked_out())
    await change(engine, "UPDATE invoices SET updated_at = '2026-03-04T15:59:00Z'")
    assert await take(engine, REQUEST) == SnapshotTaken(day=AS_OF, new=True)
    first = (await stored(engine))[AS_OF]
    assert (first.as_of, first.zone, first.changed_later) == (AS_OF, ZONE, 0)
    assert [(each.currency, each.outstanding.amount) for each in first.currencies] == [
        ("MYR", Decimal("1445.00")),
        ("USD", Decimal("2500.00")),
        ("UZS", Decimal("15000000.00")),
    ]
    # 300 of TIME are paid at 00:05 of the next day.
    await change(
        engine,
        "UPDATE invoices SET status = 'closed', awaits_money = false, balance = 0, paid_amount = 500, "
        "updated_at = '2026-03-04T16:05:00Z' WHERE workflow_id = 'invoice.2'",
    )
    assert await take(engine, REQUEST) == SnapshotTaken(day=AS_OF, new=False)
    assert (await stored(engine))[AS_OF] == first
    again = REQUEST.model_copy(update={"replace": True})
    assert await take(engine, again) == SnapshotTaken(day=AS_OF, new=True)
    (second,) = (await stored(engine)).values()
    assert (second.currencies[0].outstanding.amount, second.changed_later) == (Decimal("1145.00"), 1)


async def test_without_invoices_a_snapshot_is_empty(engine: AsyncEngine) -> None:
    assert (await take(engine, REQUEST)).new
    assert (await stored(engine))[AS_OF].currencies == ()


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [
        (AS_OF + timedelta(days=1), False),  # not over
        (AS_OF, True),
        (AS_OF - timedelta(days=6), True),
        (AS_OF - timedelta(days=7), False),  # more than 7 days before the 5th
    ],
)
async def test_the_days_that_are_refused(engine: AsyncEngine, day: date, is_taken: bool) -> None:
    request = SnapshotRequest(day=day, zone=ZONE)
    if is_taken:
        assert (await take(engine, request)).new
        return
    with pytest.raises(ApplicationError) as raised:
        await take(engine, request)
    assert (raised.value.type, raised.value.non_retryable) == (Failure.DAY_NOT_AVAILABLE, True)
    assert await stored(engine) == {}
