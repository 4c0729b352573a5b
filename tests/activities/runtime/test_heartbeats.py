"""What the heartbeat's interceptor does to an activity that is told to stop in the middle of a vendor's call."""

import asyncio
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.runtime.heartbeats import Heartbeats


class Vendor(ActivityInboundInterceptor):
    """Begins to act when called and has acted when `answer` is set."""

    def __init__(self) -> None:
        self.begun, self.answer, self.acted = asyncio.Event(), asyncio.Event(), False

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        self.begun.set()
        await self.answer.wait()
        self.acted = True
        return "receipt"


def request() -> ExecuteActivityInput:
    return ExecuteActivityInput(fn=Vendor, args=[], executor=None, headers={})


async def test_a_call_under_way_is_finished_and_reported_when_it_is_cancelled() -> None:
    vendor, environment = Vendor(), ActivityEnvironment()
    call = Heartbeats().intercept_activity(vendor).execute_activity
    running = asyncio.ensure_future(environment.run(call, request()))
    await vendor.begun.wait()
    environment.cancel()
    await asyncio.sleep(0)  # the cancellation reaches the activity
    assert not running.done()
    vendor.answer.set()
    assert await running == "receipt"


async def test_a_worker_that_shuts_down_cuts_it_off() -> None:
    """Temporal gives it to the next worker, and the ledger knows that it was begun."""
    vendor, environment = Vendor(), ActivityEnvironment()
    call = Heartbeats().intercept_activity(vendor).execute_activity
    running = asyncio.ensure_future(environment.run(call, request()))
    await vendor.begun.wait()
    environment.worker_shutdown()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not vendor.acted
