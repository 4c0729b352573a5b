"""Threads for the blocking calls of one system: where it hangs, it holds up only those who ask it.

See docs/specification/effects.md 1.2.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

# Far above a healthy system's queue, far below what a hanging one takes to be given up.
PATIENCE_SECONDS = 10


class Busy(Exception):
    """Every thread is taken, and none became free in time; the call was not begun."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} earlier request{'s' if count > 1 else ''}")


class BoundedThreadPool:
    """Waiting for a thread has an end, as who waits holds one of the worker's places for activities."""

    def __init__(self, name: str, count: int, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._count = count
        self._patience = patience_seconds
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, call: Callable[[], Result]) -> Result:
        handed_over = self._pool.submit(call)
        try:
            answer = asyncio.wrap_future(handed_over)
            await asyncio.wait([answer], timeout=self._patience)
            if handed_over.cancel():  # only what no thread has begun can be cancelled
                raise Busy(self._count)
            return await answer
        finally:
            handed_over.cancel()

    def close(self) -> None:
        """What is under way ends by itself, at its own time limit."""
        self._pool.shutdown(wait=False, cancel_futures=True)
