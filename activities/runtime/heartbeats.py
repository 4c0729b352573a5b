"""Heartbeats for every activity, so that Temporal notices a dead worker in seconds and not at the activity's timeout.

The reply to a heartbeat may cancel the activity. A call to a vendor is not interrupted by that, because its answer
would be lost: it continues until it ends, at the latest at the client's timeout, and its result is reported. The ledger
handles answers that are lost in other ways, by a timeout or a killed worker (activities/ledger/ledger.py).
"""

import asyncio
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


class _HeartbeatInterceptor(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        timeout = activity.info().heartbeat_timeout
        heartbeats = asyncio.create_task(_send_heartbeats(timeout.total_seconds() / 3)) if timeout else None
        work = asyncio.ensure_future(self.next.execute_activity(input))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if not activity.is_worker_shutdown():
                return await work
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            raise
        finally:
            if heartbeats:
                heartbeats.cancel()


async def _send_heartbeats(interval_seconds: float) -> None:
    while True:
        await asyncio.sleep(interval_seconds)
        activity.heartbeat()


class Heartbeats(Interceptor):
    """The interceptor that a worker is started with."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _HeartbeatInterceptor(next)
