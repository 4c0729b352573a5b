"""A heartbeat for every activity, so that Temporal notices a dead worker in seconds and not at the activity's timeout.

A heartbeat also tells an activity that it is no longer wanted. One that is in the middle of a call to a vendor must not
be cut off there, for then its answer would be lost for nothing. So the call runs on to its own end, which the client's
timeout bounds, and its result is reported all the same. What is lost even so (a timeout, a killed worker) is the
ledger's to deal with (activities/ledger/ledger.py).
"""

import asyncio
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


class _Beating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        limit = activity.info().heartbeat_timeout
        beating = asyncio.create_task(_beat(limit.total_seconds() / 3)) if limit else None
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
            if beating:
                beating.cancel()


async def _beat(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        activity.heartbeat()


class Heartbeats(Interceptor):
    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Beating(next)
