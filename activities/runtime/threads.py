"""Bounded thread pools for blocking calls, one for each external system.

A system that hangs delays only its own callers. See docs/specification/effects.md 1.2.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

# Longer than a call waits for a thread while the system works, and much shorter than the timeout of a call that hangs.
WAIT_SECONDS = 10


class Busy(Exception):
    """All threads were occupied for the whole waiting time; the call was not started."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} earlier request{'s' if count > 1 else ''}")


class BoundedThreadPool:
    """Threads for blocking calls, with a limit on the time that a call waits for one of them.

    The limit is needed because a waiting activity occupies one of the worker's activity slots.
    """

    def __init__(self, name: str, count: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._count = count
        self._wait_seconds = wait_seconds
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, call: Callable[[], Result]) -> Result:
        """Run the call in a thread and return its result. Raises Busy if no thread became free in time."""
        submitted = self._pool.submit(call)
        try:
            result = asyncio.wrap_future(submitted)
            await asyncio.wait([result], timeout=self._wait_seconds)
            if submitted.cancel():  # succeeds only for a call that no thread has started
                raise Busy(self._count)
            return await result
        finally:
            submitted.cancel()

    def close(self) -> None:
        """Drop the calls that wait. Calls that run are not interrupted; their own timeout ends them."""
        self._pool.shutdown(wait=False, cancel_futures=True)
