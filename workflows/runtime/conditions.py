"""The wait of a workflow for a condition."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

from temporalio import workflow

T = TypeVar("T")


async def wait_until(
    condition: Callable[[], bool], *, timeout: timedelta | float | None = None, timeout_summary: str | None = None
) -> None:
    """Return when the condition is true. Raises TimeoutError after the timeout, CancelledError if cancelled.

    If a workflow is asked to cancel, the SDK ends with CancelledError every wait that had begun before, as soon as its
    condition is true or its time is over, also in tasks that nobody cancels. Such a wait ends here as it would have
    ended without the request (docs/specification/temporal.md 9.5).
    """
    is_met = False

    def check() -> bool:
        nonlocal is_met
        is_met = condition()
        return is_met

    try:
        await workflow.wait_condition(check, timeout=timeout, timeout_summary=timeout_summary)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        if not is_met:
            raise TimeoutError from None


async def wait_for(read: Callable[[], T | None]) -> T:
    """Return the value of `read` when there is one. Raises CancelledError if cancelled.

    Between the moment at which a condition is true and the one at which its wait continues, other coroutines may have
    changed the state again, e.g. two commands that arrive at once. The value is therefore read again, and awaited again
    if it is gone (docs/specification/temporal.md 9.7).
    """
    while True:
        await wait_until(lambda: read() is not None)
        value = read()
        if value is not None:
            return value


async def pause(duration: timedelta, summary: str) -> None:
    """Return after this time. Raises CancelledError if cancelled."""
    with suppress(TimeoutError):
        await wait_until(lambda: False, timeout=duration, timeout_summary=summary)
