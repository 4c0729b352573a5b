"""The daily snapshot: the day that it is about, its retries, and its schedule."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import Client, ScheduleBackfill, ScheduleOverlapPolicy, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from models.accounting.ports import SnapshotRequest, SnapshotTaken
from models.values.failure_codes import Failure
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.snapshots import InMemorySnapshots
from worker import build_worker
from workflows.accounting.daily_snapshot import FinanceSnapshotWorkflow
from workflows.accounting.messages import SnapshotStart
from workflows.client.recurring import snapshot_schedule
from workflows.runtime import ids

KUALA_LUMPUR = "Asia/Kuala_Lumpur"
ZONE = ZoneInfo(KUALA_LUMPUR)
DAY = date(2026, 3, 4)


@pytest.fixture
def snapshots() -> InMemorySnapshots:
    return InMemorySnapshots()


@pytest.fixture
async def client(temporal: Client, snapshots: InMemorySnapshots, queue: str) -> AsyncIterator[Client]:
    async with build_worker(temporal, snapshots.all(), queue):
        yield temporal


async def take(client: Client, queue: str, start: SnapshotStart) -> SnapshotTaken:
    return await client.execute_workflow(FinanceSnapshotWorkflow.run, start, id=f"snapshot.{uuid4()}", task_queue=queue)


async def test_the_snapshot_of_a_day_that_is_named(client: Client, snapshots: InMemorySnapshots, queue: str) -> None:
    start = SnapshotStart(zone=KUALA_LUMPUR, day=DAY)
    assert await take(client, queue, start) == SnapshotTaken(day=DAY, new=True)
    assert await take(client, queue, start) == SnapshotTaken(day=DAY, new=False)
    assert await take(client, queue, start.model_copy(update={"replace": True})) == SnapshotTaken(day=DAY, new=True)
    kept = SnapshotRequest(day=DAY, zone=KUALA_LUMPUR)
    assert snapshots.requests == [kept, kept, kept.model_copy(update={"replace": True})]


async def test_an_outage_delays_it_and_a_refusal_ends_it(
    client: Client, snapshots: InMemorySnapshots, queue: str
) -> None:
    snapshots.faults = [ConnectionError("no connection to PostgreSQL")]
    assert (await take(client, queue, SnapshotStart(day=DAY))).new
    snapshots.faults = [ApplicationError("not over", type=Failure.DAY_NOT_AVAILABLE, non_retryable=True)]
    with pytest.raises(WorkflowFailureError):
        await take(client, queue, SnapshotStart(day=DAY))


async def test_a_zone_that_does_not_exist_fails_the_workflow(client: Client, queue: str) -> None:
    with pytest.raises(WorkflowFailureError):
        await client.execute_workflow(
            "FinanceSnapshot", {"zone": "Asia/Cyberjaya"}, id=f"snapshot.{uuid4()}", task_queue=queue
        )


async def test_the_schedule_starts_at_night_in_the_issuers_zone_and_keeps_its_state(own_temporal: Client) -> None:
    assert await snapshot_schedule.apply(own_temporal, KUALA_LUMPUR) is True
    handle = own_temporal.get_schedule_handle(ids.SNAPSHOT_SCHEDULE)
    await handle.pause(note="migration")
    assert await snapshot_schedule.apply(own_temporal, KUALA_LUMPUR) is False
    described = await handle.describe()
    assert (described.schedule.state.paused, described.schedule.state.note) == (True, "migration")
    assert described.schedule.policy.overlap is ScheduleOverlapPolicy.BUFFER_ALL
    times = [moment.astimezone(ZONE) for moment in described.info.next_action_times]
    assert {(moment.hour, moment.minute) for moment in times} == {(0, 15)}
    assert len({moment.date() for moment in times}) == len(times)


async def test_each_day_that_was_missed_has_its_own_snapshot(
    own_temporal: Client, snapshots: InMemorySnapshots
) -> None:
    """00:15 of the 5th and of the 6th in Kuala Lumpur lie on the 4th and 5th in UTC; the days are the 4th and 5th."""
    await snapshot_schedule.apply(own_temporal, KUALA_LUMPUR)
    async with build_worker(own_temporal, snapshots.all(), ids.TASK_QUEUE):
        backfill = ScheduleBackfill(
            start_at=datetime(2026, 3, 5, tzinfo=ZONE),
            end_at=datetime(2026, 3, 6, tzinfo=ZONE) + timedelta(hours=1),
            overlap=ScheduleOverlapPolicy.ALLOW_ALL,
        )
        await own_temporal.get_schedule_handle(ids.SNAPSHOT_SCHEDULE).backfill(backfill)

        async def days() -> list[date]:
            return sorted(request.day for request in snapshots.requests)

        await eventually(days, lambda found: found == [DAY, DAY + timedelta(days=1)])
