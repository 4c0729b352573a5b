"""The limit on the time that a caller waits for Temporal.

The SDK applies an `rpc_timeout` to each poll and polls again for ever, so the limit is set around the whole call.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from workflows.client.errors import OutcomeUnknown, TemporalUnavailable


@asynccontextmanager
async def deadline(limit: timedelta, workflow_id: str) -> AsyncIterator[None]:
    """End the calls in the block after the limit, and raise OutcomeUnknown then."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError as error:
        raise OutcomeUnknown(workflow_id) from error


@asynccontextmanager
async def read_deadline(limit: timedelta) -> AsyncIterator[None]:
    """End the calls in the block, which change nothing, after the limit, and raise TemporalUnavailable then."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError as error:
        raise TemporalUnavailable(f"it did not answer within {limit.total_seconds():g} s") from error
