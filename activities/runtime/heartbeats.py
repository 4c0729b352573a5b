"""Heartbeats for every activity, so that Temporal notices a dead worker in seconds and not at the activity's timeout.

A long activity reports how far it is; each heartbeat carries the newest report, which the Web UI shows.

The reply to a heartbeat may cancel the activity. A call to a vendor is not interrupted by that, because its answer
would be lost: it continues until it ends, at the latest at the client's timeout, and its result is reported. The ledger
handles answers that are lost in other ways, by a timeout or a killed worker (activities/ledger/ledger.py).
"""

import asyncio
from contextvars import ContextVar
from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.values.progress import Progress


class ProgressReport:
    """The newest progress of one attempt. Threads may report, too."""

    def __init__(self) -> None:
        self._newest: Progress | None = None

    def __call__(self, step: str, done: int, total: int | None = None) -> None:
        """Report how much of the step is done."""
        self._newest = Progress(step=step, done=done, total=total)

    @property
    def details(self) -> tuple[Progress, ...]:
        return (self._newest,) if self._newest else ()


_REPORT: ContextVar[ProgressReport | None] = ContextVar("progress_report", default=None)


def progress_report() -> ProgressReport:
    """Return the report of the running attempt; without the interceptor, one that nobody reads."""
    return _REPORT.get() or ProgressReport()


class _HeartbeatInterceptor(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        timeout = activity.info().heartbeat_timeout
        report = ProgressReport()
        _REPORT.set(report)
        heartbeats = asyncio.create_task(_send_heartbeats(timeout.total_seconds() / 3, report)) if timeout else None
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


async def _send_heartbeats(interval_seconds: float, report: ProgressReport) -> None:
    while True:
        await asyncio.sleep(interval_seconds)
        activity.heartbeat(*report.details)


class Heartbeats(Interceptor):
    """The interceptor that a worker is started with."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _HeartbeatInterceptor(next)
