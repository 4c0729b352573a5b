"""Waiting for a condition, with an end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.2


class Stuck(Exception):
    """A condition did not come true in time; the message names it."""


async def until(ask: Callable[[], Awaitable[T | None]], seconds: float, what: str) -> T:
    """Return the first answer that is not None. Raises Stuck after `seconds`."""
    deadline = time.monotonic() + seconds
    while (found := await ask()) is None:
        if time.monotonic() > deadline:
            raise Stuck(f"waited {seconds:.0f} s for {what}")
        await asyncio.sleep(POLL_SECONDS)
    return found
