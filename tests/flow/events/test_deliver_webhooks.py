"""The workflow of a lane on the time-skipping server: retries for days, order, and what wakes it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Worker

from models.events.webhooks.ports import DELIVERY_WORKFLOW, WAKE
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.temporal import fast_forward
from tests.fixtures.webhooks import LANE, PAUSES, Receiver
from worker import build_webhook_worker, build_worker


@pytest.fixture
async def receiver(own_temporal: Client, queue: str) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with (
        build_worker(own_temporal, [receiver.attempt], queue),
        build_webhook_worker(own_temporal, [receiver.attempt], queue),
    ):
        yield receiver


async def wake(client: Client, queue: str) -> WorkflowHandle[Any, Any]:
    """Start the lane as the feed does."""
    return await client.start_workflow(
        DELIVERY_WORKFLOW, LANE, id=LANE.workflow_id, task_queue=queue, start_signal=WAKE
    )


async def test_a_lane_delivers_in_order_and_ends(own_temporal: Client, queue: str, receiver: Receiver) -> None:
    receiver.waiting = ["e1", "e2", "e3"]
    handle = await wake(own_temporal, queue)
    await handle.result()
    assert receiver.got == ["e1", "e2", "e3"]


async def test_a_receiver_that_is_down_is_tried_for_three_days_and_then_given_up(
    own_temporal: Client, queue: str, receiver: Receiver
) -> None:
    """Ten attempts, 75:35:05 from the first to the last; the next event follows. Here an hour takes 36 milliseconds."""
    assert sum(PAUSES, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    receiver.waiting, receiver.is_down = ["e1"], True
    receiver.pauses = tuple(pause / 100_000 for pause in PAUSES)
    await (await wake(own_temporal, queue)).result()
    assert (len(receiver.tried), receiver.waiting, receiver.got) == (10, [], [])
    between = [later - earlier for earlier, later in zip(receiver.tried, receiver.tried[1:], strict=False)]
    assert all(pause <= waited for pause, waited in zip(receiver.pauses, between, strict=True))
    receiver.waiting, receiver.is_down = ["e2"], False
    await (await wake(own_temporal, queue)).result()
    assert receiver.got == ["e2"]


async def test_a_new_event_does_not_shorten_the_pause_and_a_replay_does(
    own_temporal: Client, queue: str, receiver: Receiver
) -> None:
    receiver.waiting, receiver.is_down = ["e1"], True
    handle = await wake(own_temporal, queue)
    await eventually(receiver.attempts, lambda tried: tried == 1)
    await fast_forward(own_temporal, handle, PAUSES[0])
    await eventually(receiver.attempts, lambda tried: tried == 2)  # it waits for five minutes now
    receiver.is_down = False
    receiver.waiting.append("e2")
    again = await wake(own_temporal, queue)
    assert again.id == handle.id

    async def looks() -> int:
        history = await handle.fetch_history()
        return sum(event.HasField("activity_task_completed_event_attributes") for event in history.events)

    await eventually(looks, lambda completed: completed == 3)
    assert receiver.got == []
    receiver.due = None  # a replay clears the time of the next attempt
    await wake(own_temporal, queue)
    await handle.result()
    assert receiver.got == ["e1", "e2"]


async def test_an_event_that_comes_while_the_last_look_finds_nothing_is_delivered(
    own_temporal: Client, queue: str, receiver: Receiver
) -> None:
    receiver.holds = asyncio.Event()
    handle = await wake(own_temporal, queue)
    await wake(own_temporal, queue)  # arrives during the look that finds nothing
    receiver.holds.set()
    await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    receiver.waiting = ["e1"]
    second = await wake(own_temporal, queue)  # the lane has ended: a new run begins
    await second.result()
    assert receiver.got == ["e1"]


async def test_receivers_that_hang_take_no_slot_of_other_activities(own_temporal: Client, queue: str) -> None:
    receiver = Receiver()
    async with build_webhook_worker(own_temporal, [receiver.attempt], queue) as worker:
        assert isinstance(worker, Worker)
        assert worker.task_queue == f"{queue}-webhooks"
        assert worker.config()["max_concurrent_activities"] == 20
