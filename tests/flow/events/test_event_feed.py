"""The workflow of the feed: it runs once, costs no history while it is idle, and goes on after it was ended."""

from temporalio.client import Client, WorkflowExecutionStatus

from models.events.ports import Passed
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.webhooks import Looks
from worker import build_worker
from workflows.client import event_feed
from workflows.runtime import ids


async def test_an_idle_feed_writes_no_history_and_a_repeated_start_joins_it(own_temporal: Client, queue: str) -> None:
    looks = Looks()
    handle = own_temporal.get_workflow_handle(ids.EVENT_FEED)
    async with build_worker(own_temporal, [looks.pass_on], queue):
        await event_feed.ensure_running(own_temporal, queue)
        await eventually(looks.count, lambda count: count >= 1)
        before = await handle.describe()
        await eventually(looks.count, lambda count: count >= 3)
        await event_feed.ensure_running(own_temporal, queue)
        after = await handle.describe()
        assert (after.run_id, after.history_length) == (before.run_id, before.history_length)

        looks.results = [Passed(published=3, taken=2)]

        async def length() -> int:
            return (await handle.describe()).history_length

        await eventually(length, lambda events: events > before.history_length)
        assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING


async def test_a_feed_that_was_ended_starts_again(own_temporal: Client, queue: str) -> None:
    looks = Looks()
    handle = own_temporal.get_workflow_handle(ids.EVENT_FEED)
    async with build_worker(own_temporal, [looks.pass_on], queue):
        assert not await event_feed.is_running(own_temporal)
        await event_feed.ensure_running(own_temporal, queue)
        first = (await handle.describe()).run_id
        assert await event_feed.is_running(own_temporal)
        await handle.terminate("by an operator")
        assert not await event_feed.is_running(own_temporal)
        await event_feed.ensure_running(own_temporal, queue)
        again = await handle.describe()
        assert again.run_id != first
        assert again.status is WorkflowExecutionStatus.RUNNING
