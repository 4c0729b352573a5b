"""An activity that is cancelled during a call to a vendor: the interceptor lets the call end."""

import asyncio
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.runtime.heartbeats import Heartbeats


class Vendor(ActivityInboundInterceptor):
    """A call that is started by `execute_activity` and ends when `answer` is set."""

    def __init__(self) -> None:
        self.started, self.answer, self.finished = asyncio.Event(), asyncio.Event(), False

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        self.started.set()
        await self.answer.wait()
        self.finished = True
        return "receipt"


def request() -> ExecuteActivityInput:
    return ExecuteActivityInput(fn=Vendor, args=[], executor=None, headers={})


async def test_a_cancelled_call_ends_and_its_result_is_reported() -> None:
    vendor, environment = Vendor(), ActivityEnvironment()
    call = Heartbeats().intercept_activity(vendor).execute_activity
    running = asyncio.ensure_future(environment.run(call, request()))
    await vendor.started.wait()
    environment.cancel()
    await asyncio.sleep(0)  # the cancellation reaches the activity
    assert not running.done()
    vendor.answer.set()
    assert await running == "receipt"


async def test_a_shutdown_of_the_worker_interrupts_the_call() -> None:
    """Temporal gives the activity to the next worker, and the ledger has recorded the attempt."""
    vendor, environment = Vendor(), ActivityEnvironment()
    call = Heartbeats().intercept_activity(vendor).execute_activity
    running = asyncio.ensure_future(environment.run(call, request()))
    await vendor.started.wait()
    environment.worker_shutdown()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not vendor.finished
