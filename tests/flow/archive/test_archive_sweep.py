"""The archive sweep: all pages in order, a bounded result, refusals and outages, and its schedule."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, ScheduleOverlapPolicy, WorkflowFailureError
from temporalio.exceptions import ActivityError, ApplicationError

from models.archive.sweep import MOST_FINDINGS, FindingKind, SweepPage, SweepReport
from models.values.failure_codes import Failure
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sweeps import InMemorySweep, page
from worker import build_worker
from workflows.archive.messages import READ_EVERY, SweepStart
from workflows.archive.sweep import PAGES_PER_RUN, ArchiveSweepWorkflow
from workflows.client import archive_sweeps
from workflows.client.billing_runs import RunState
from workflows.runtime import ids

TASHKENT = ZoneInfo("Asia/Tashkent")


@pytest.fixture
def sweep() -> InMemorySweep:
    return InMemorySweep()


@pytest.fixture
async def client(temporal: Client, sweep: InMemorySweep, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, sweep.all(), queue):
        yield temporal


async def run(client: Client, queue: str, start: SweepStart | None = None) -> SweepReport:
    return await client.execute_workflow(
        ArchiveSweepWorkflow.run, start or SweepStart(day=5), id=f"sweep.{uuid4()}", task_queue=queue
    )


async def test_all_pages_are_compared_in_order(client: Client, sweep: InMemorySweep, queue: str) -> None:
    sweep.invoices = [page("i-10", FindingKind.MISSING, total=15), page(None, FindingKind.DIFFERENT, compared=5)]
    sweep.quotes = [page("q-10", total=12), page(None, FindingKind.MISSING, compared=2)]
    sweep.objects = [page("k-10"), page(None, FindingKind.EXTRA, compared=3)]
    report = await run(client, queue)
    assert [(r.after, r.room, r.day, r.read_every) for r in sweep.requests] == [
        ("", MOST_FINDINGS, 5, READ_EVERY),
        ("i-10", MOST_FINDINGS - 1, 5, READ_EVERY),
        ("", MOST_FINDINGS - 2, 5, READ_EVERY),
        ("q-10", MOST_FINDINGS - 2, 5, READ_EVERY),
        ("", MOST_FINDINGS - 3, 5, READ_EVERY),
        ("k-10", MOST_FINDINGS - 3, 5, READ_EVERY),
    ]
    assert (report.invoices, report.invoices_total, report.objects, report.found) == (15, 15, 13, 4)
    assert (report.quotes, report.quotes_total) == (12, 12)
    kinds = [FindingKind.MISSING, FindingKind.DIFFERENT, FindingKind.MISSING, FindingKind.EXTRA]
    assert [each.kind for each in report.findings] == kinds


async def test_a_long_sweep_continues_as_new_with_a_bounded_report(
    client: Client, sweep: InMemorySweep, queue: str
) -> None:
    many = [FindingKind.MISSING] * 5
    sweep.invoices = [*(page(f"i-{n}", *many) for n in range(PAGES_PER_RUN)), page(None, FindingKind.MISSING)]
    handle = await client.start_workflow(
        ArchiveSweepWorkflow.run, SweepStart(), id=f"sweep.{uuid4()}", task_queue=queue
    )
    report = await handle.result()
    assert (await handle.describe()).run_id != handle.result_run_id
    assert (report.found, len(report.findings)) == (5 * PAGES_PER_RUN + 1, MOST_FINDINGS)
    assert report.counts == {FindingKind.MISSING: 5 * PAGES_PER_RUN + 1}
    assert len({request.day for request in sweep.requests}) == 1
    assert min(request.room for request in sweep.requests) == 0


async def test_an_outage_delays_and_a_refusal_fails_the_sweep(client: Client, sweep: InMemorySweep, queue: str) -> None:
    sweep.faults = [ConnectionError("no archive"), ConnectionError("no archive")]
    assert (await run(client, queue)).found == 0
    sweep.faults = [
        ApplicationError("The archive refused: AccessDenied", type=Failure.VENDOR_REFUSED, non_retryable=True)
    ]
    with pytest.raises(WorkflowFailureError) as failure:
        await run(client, queue)
    assert isinstance(failure.value.cause, ActivityError)
    assert isinstance(failure.value.cause.cause, ApplicationError)
    assert failure.value.cause.cause.type == Failure.VENDOR_REFUSED


async def test_without_an_archive_the_sweep_ends_at_once(client: Client, sweep: InMemorySweep, queue: str) -> None:
    sweep.invoices = [SweepPage(last=None, compared=0, note="No archive is configured.")]
    report = await run(client, queue)
    assert (report.note, report.is_complete, len(sweep.requests)) == ("No archive is configured.", True, 1)


@pytest.mark.parametrize("given", [[], ["nonsense"], [{"read_every": 0}]], ids=["nothing", "text", "wrong"])
async def test_a_wrong_input_fails_the_workflow(client: Client, given: list[Any], queue: str) -> None:
    with pytest.raises(WorkflowFailureError) as failure:
        await client.execute_workflow("ArchiveSweep", args=given, id=f"sweep.{uuid4()}", task_queue=queue)
    assert isinstance(failure.value.cause, ApplicationError)
    assert failure.value.cause.type == "InvalidChange"


async def test_operators_see_the_findings_as_a_table(client: Client, sweep: InMemorySweep, queue: str) -> None:
    sweep.objects = [page(None, FindingKind.EXTRA)]
    handle = await client.start_workflow(
        ArchiveSweepWorkflow.run, SweepStart(), id=f"sweep.{uuid4()}", task_queue=queue
    )
    await handle.result()
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "| extra | None/0 | – | for a test |" in metadata.current_details
    assert "Found: 0 missing, 1 extra, 0 different." in metadata.current_details


class TestSchedule:
    async def test_it_runs_each_night_and_its_state_is_kept(self, own_temporal: Client) -> None:
        assert await archive_sweeps.describe(own_temporal) is None
        assert await archive_sweeps.apply(own_temporal) is True
        handle = own_temporal.get_schedule_handle(ids.SWEEP_SCHEDULE)
        await handle.pause(note="the bucket is moved")
        assert await archive_sweeps.apply(own_temporal) is False
        described = await handle.describe()
        assert (described.schedule.state.paused, described.schedule.state.note) == (True, "the bucket is moved")
        times = [moment.astimezone(TASHKENT) for moment in described.info.next_action_times]
        assert {(moment.hour, moment.minute, moment.second) for moment in times} == {(3, 0, 0)}
        assert {later - time for time, later in pairwise(times)} == {timedelta(days=1)}
        policy, spec = described.schedule.policy, described.schedule.spec
        assert (policy.overlap, spec.jitter) == (ScheduleOverlapPolicy.SKIP, None)
        found = await archive_sweeps.describe(own_temporal)
        assert found is not None
        assert (found.paused, found.note, found.needs_attention) == (True, "the bucket is moved", True)

    async def test_the_last_sweep_is_described(self, own_temporal: Client, sweep: InMemorySweep) -> None:
        sweep.objects = [page(None, FindingKind.EXTRA)]
        await archive_sweeps.apply(own_temporal)
        async with build_worker(own_temporal, sweep.all(), ids.TASK_QUEUE):
            await own_temporal.get_schedule_handle(ids.SWEEP_SCHEDULE).trigger()

            async def last() -> archive_sweeps.Sweep | None:
                found = await archive_sweeps.describe(own_temporal)
                assert found is not None
                return found.last

            seen = await eventually(last, lambda each: each is not None and each.state is RunState.COMPLETED)
            assert seen is not None
            assert seen.report.counts == {FindingKind.EXTRA: 1}
            found = await archive_sweeps.describe(own_temporal)
            assert found is not None
            assert found.needs_attention


async def test_a_sweep_now_joins_the_one_that_runs(own_temporal: Client, sweep: InMemorySweep) -> None:
    """Without a worker it waits, and a second start does not begin another one."""
    first = await archive_sweeps.start_now(own_temporal, SweepStart())
    run_id = (await own_temporal.get_workflow_handle(first).describe()).run_id
    await archive_sweeps.start_now(own_temporal, SweepStart(read_every=1))
    assert (await own_temporal.get_workflow_handle(first).describe()).run_id == run_id
    async with build_worker(own_temporal, sweep.all(), ids.TASK_QUEUE):

        async def look() -> archive_sweeps.Sweep:
            return await archive_sweeps.look(own_temporal, first)

        seen = await eventually(look, lambda each: each.state is RunState.COMPLETED)
        assert seen.report.is_complete
        await archive_sweeps.start_now(own_temporal, SweepStart())
        assert (await own_temporal.get_workflow_handle(first).describe()).run_id != run_id
