"""The 1st of the month: drafts for all contracts, once, for the month before the scheduled time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy

from models import ports
from models.commands import Finalize
from models.periods import Period
from models.status import Status
from tests.fixtures.desk import eventually
from tests.fixtures.outside import Outside, refusal
from worker import build_worker
from workflows import ids, schedules
from workflows.messages import MonthlyReport, MonthlyStart
from workflows.monthly import CHUNK, MonthlyDraftsWorkflow
from workflows.requests import send_command

FEBRUARY = Period.month(2026, 2)
TASHKENT = ZoneInfo("Asia/Tashkent")


def contracts(*bad: str) -> tuple[str, ...]:
    """Three good ones and the bad, with names of their own."""
    mark = uuid4().hex[:6].upper()
    return (*(f"{mark}-{n}" for n in range(3)), *(f"{mark}-{name}" for name in bad))


async def run(client: Client, queue: str, start: MonthlyStart) -> MonthlyReport:
    return await client.execute_workflow(MonthlyDraftsWorkflow.run, start, id=f"monthly.{uuid4()}", task_queue=queue)


@pytest.fixture
async def office(temporal: Client, outside: Outside, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, outside.activities(), queue):
        yield temporal


async def test_each_contract_is_created_found_or_refused_and_a_rerun_is_harmless(
    office: Client, outside: Outside, queue: str
) -> None:
    outside.contracts = contracts("BAD")
    good, bad = outside.contracts[:3], outside.contracts[3]
    first = await run(office, queue, MonthlyStart(period=FEBRUARY))
    assert (first.label, first.created, first.already_there, first.remaining) == ("2026-02", good, (), 0)
    assert [(r.application_key, r.message) for r in first.refused] == [(bad, "no customer")]
    second = await run(office, queue, MonthlyStart(period=FEBRUARY))
    assert (second.created, second.already_there) == ((), good)

    async def drafted() -> int:
        return len(outside.rows)

    assert await eventually(drafted, lambda n: n == 3) == 3
    assert outside.calls[ports.FETCH_DRAFT.name] == 3
    assert outside.calls[ports.PREPARE_BATCH.name] == 2  # one question for all contracts of a run


async def test_a_draft_of_the_run_is_an_invoice_like_any_other(office: Client, outside: Outside, queue: str) -> None:
    outside.contracts = contracts()
    await run(office, queue, MonthlyStart(period=FEBRUARY))
    answer = await send_command(office, ids.service_invoice(outside.contracts[0], FEBRUARY), Finalize(by="amina"))
    assert answer.status is Status.NEEDS_REVIEW


async def test_the_run_is_patient_with_a_warehouse_that_is_down(office: Client, outside: Outside, queue: str) -> None:
    outside.contracts = contracts()
    outside.fail(ports.ACTIVE_CONTRACTS.name, ConnectionError("no ClickHouse"))
    outside.fail(ports.FETCH_DRAFT.name, ConnectionError("no ClickHouse"))
    report = await run(office, queue, MonthlyStart(period=FEBRUARY))
    assert len(report.created) == 3

    async def drafted() -> int:
        return len(outside.rows)

    await eventually(drafted, lambda n: n == 3)


async def test_a_failed_draft_is_made_by_the_next_run(office: Client, outside: Outside, queue: str) -> None:
    outside.contracts = contracts()[:1]
    outside.fail(ports.FETCH_DRAFT.name, refusal("no customer", ports.Failure.CUSTOMER_NOT_FOUND))
    await run(office, queue, MonthlyStart(period=FEBRUARY))
    handle = office.get_workflow_handle(ids.service_invoice(outside.contracts[0], FEBRUARY))
    with pytest.raises(Exception, match="Workflow execution failed"):
        await handle.result()
    again = await run(office, queue, MonthlyStart(period=FEBRUARY))
    assert again.created == outside.contracts


async def test_a_run_of_several_batches_reports_them_all(office: Client, outside: Outside, queue: str) -> None:
    first, last, _ = contracts()
    bad = tuple(f"{first}-{n}-BAD" for n in range(CHUNK))
    outside.contracts = (first, *bad, last)
    report = await run(office, queue, MonthlyStart(period=FEBRUARY))
    assert (report.created, len(report.refused), report.remaining) == ((first, last), CHUNK, 0)
    assert [len(batch.application_keys) for batch in outside.batches] == [CHUNK, 2]


async def test_the_schedule_bills_the_month_before_its_nominal_time(temporal: Client, outside: Outside) -> None:
    """A backfill of 1 June 2026 bills May, although it runs today."""
    outside.contracts = contracts()
    await schedules.apply(temporal)
    handle = temporal.get_schedule_handle(ids.MONTHLY_SCHEDULE)
    try:
        async with build_worker(temporal, outside.activities(), ids.TASK_QUEUE):
            first_of_june = datetime(2026, 6, 1, 6, tzinfo=TASHKENT)
            await handle.backfill(
                ScheduleBackfill(
                    start_at=first_of_june - timedelta(minutes=5),
                    end_at=first_of_june + timedelta(minutes=5),
                    overlap=ScheduleOverlapPolicy.ALLOW_ALL,
                )
            )

            async def periods() -> list[str]:
                return [row.content.period.label for row in outside.rows.values()]

            # all of them, so that none is left on the callers' queue for the next test's worker
            assert await eventually(periods, lambda found: len(found) == 3) == ["2026-05"] * 3
    finally:
        await handle.delete()


async def test_the_schedule_is_applied_as_often_as_you_like(temporal: Client) -> None:
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
