"""The schedule of the billing run, and the same month drafted by any two kinds of runs."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy

from models.billing.ports import FETCH_DRAFT
from models.invoice.commands import Finalize
from models.invoice.invoice import Document
from models.values.period import Period
from tests.fixtures.activities import InMemoryActivities, contract_keys
from tests.fixtures.invoice_driver import TIMEOUT_SECONDS, eventually
from worker import build_worker
from workflows.billing.messages import MonthlyStart
from workflows.client import schedules
from workflows.client.billing_runs import draft_many
from workflows.client.invoices import send_command
from workflows.runtime import ids

FEBRUARY = Period.month(2026, 2)
TASHKENT = ZoneInfo("Asia/Tashkent")


async def test_the_schedule_bills_the_month_before_the_scheduled_time(
    temporal: Client, activities: InMemoryActivities
) -> None:
    """A backfill for 1 June 2026 bills May, on whatever day it runs."""
    activities.contracts = contract_keys()
    await schedules.apply(temporal)
    handle = temporal.get_schedule_handle(ids.MONTHLY_SCHEDULE)
    try:
        async with build_worker(temporal, activities.all(), ids.TASK_QUEUE):
            first_of_june = datetime(2026, 6, 1, 6, tzinfo=TASHKENT)
            await handle.backfill(
                ScheduleBackfill(
                    start_at=first_of_june - timedelta(minutes=5),
                    end_at=first_of_june + timedelta(minutes=5),
                    overlap=ScheduleOverlapPolicy.ALLOW_ALL,
                )
            )

            async def periods() -> list[str]:
                return [row.content.period.label for row in activities.saved.values()]

            # All drafts are awaited, so that none is left on the shared queue for the next test's worker.
            assert await eventually(periods, lambda found: len(found) == 3) == ["2026-05"] * 3
    finally:
        await handle.delete()


async def by_bulk(client: Client, activities: InMemoryActivities) -> None:
    await draft_many(client, MonthlyStart(period=FEBRUARY), timedelta(seconds=TIMEOUT_SECONDS))


async def by_list(client: Client, activities: InMemoryActivities) -> None:
    start = MonthlyStart(period=FEBRUARY, application_keys=activities.contracts)
    await draft_many(client, start, timedelta(seconds=TIMEOUT_SECONDS))


async def by_backfill(client: Client, activities: InMemoryActivities) -> None:
    async def runs() -> tuple[int, bool]:
        info = (await client.get_schedule_handle(ids.MONTHLY_SCHEDULE).describe()).info
        return info.num_actions, bool(info.running_actions)

    before, _ = await runs()
    await schedules.backfill(client, FEBRUARY, FEBRUARY)
    await eventually(runs, lambda seen: seen == (before + 1, False))


StartRun = Callable[[Client, InMemoryActivities], Awaitable[None]]
STARTS: tuple[StartRun, ...] = (by_bulk, by_list, by_backfill)


@pytest.mark.parametrize("second", STARTS, ids=lambda start: start.__name__)
@pytest.mark.parametrize("first", STARTS, ids=lambda start: start.__name__)
async def test_a_month_is_drafted_once_by_any_two_runs_in_any_order(
    own_temporal: Client, activities: InMemoryActivities, first: StartRun, second: StartRun
) -> None:
    activities.contracts = contract_keys()
    await schedules.apply(own_temporal)
    async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
        await first(own_temporal, activities)
        assert sorted(row.content.subject_key for row in activities.saved.values()) == sorted(activities.contracts)
        workflow_id = ids.service_invoice(activities.contracts[0], FEBRUARY)
        await send_command(own_temporal, workflow_id, Finalize(by="amina"))
        numbered = ids.invoice_id(workflow_id)

        async def document() -> Document | None:
            return activities.saved[numbered].document

        await eventually(document, lambda made: made is not None)
        before = dict(activities.saved)
        await second(own_temporal, activities)
        assert activities.saved == before
        assert activities.calls[FETCH_DRAFT.name] == len(activities.contracts)
        assert activities.numbers == {numbered: 1}


async def test_applying_the_schedule_again_keeps_its_state(temporal: Client) -> None:
    assert await schedules.apply(temporal) is True
    handle = temporal.get_schedule_handle(ids.MONTHLY_SCHEDULE)
    try:
        await handle.pause(note="books are being closed")
        assert await schedules.apply(temporal) is False
        described = await handle.describe()
        assert (described.schedule.state.paused, described.schedule.state.note) == (True, "books are being closed")
        times = [moment.astimezone(TASHKENT) for moment in described.info.next_action_times]
        assert len(times) >= 3
        assert {(moment.day, moment.hour, moment.minute, moment.second) for moment in times} == {(1, 6, 0, 0)}
        months = [moment.year * 12 + moment.month for moment in times]
        assert months == list(range(months[0], months[0] + len(months)))
        assert times[0] > datetime.now(UTC)
        policy = described.schedule.policy
        assert (policy.overlap, policy.catchup_window) == (ScheduleOverlapPolicy.SKIP, timedelta(days=7))
    finally:
        await handle.delete()
