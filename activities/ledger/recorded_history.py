"""The guard of the ledger: an effect is executed only if PostgreSQL has recorded the history that requests it.

A workflow that was reset, or that Temporal has from an older backup, tells another history than the recorded one. What
such a workflow requests may have been done before, or may contradict what was done; it must reach no vendor.
"""

import asyncio
import time
from datetime import timedelta
from typing import Final

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.ledger.request import LedgerRequest
from models.invoice.tables import InvoiceEvent
from models.quotes.quote.tables import QuoteEventRow
from models.values.failure_codes import Failure

# The state is saved while its effects start, so the event is usually there within milliseconds.
POLL_SECONDS: Final = 0.02
LONGEST_POLL_SECONDS: Final = 2.0
RETRY_DELAY: Final = timedelta(seconds=2)


async def require_recorded(engine: AsyncEngine, request: LedgerRequest) -> None:
    """Return when the event that `request` names is recorded.

    Raises AUDIT_BROKEN if another event is recorded in its place, and NOT_RECORDED, which is retried, if none is. A
    request of an earlier release, or of a record without a history, names no event.
    """
    if request.revision is None:
        return
    deadline = time.monotonic() + LONGEST_POLL_SECONDS
    while (recorded := await _hash(engine, request.owner_id, request.revision)) is None:
        if time.monotonic() > deadline:
            raise ApplicationError(
                f"Revision {request.revision} is not saved in PostgreSQL yet.",
                type=Failure.NOT_RECORDED,
                next_retry_delay=RETRY_DELAY,
                category=ApplicationErrorCategory.BENIGN,
            )
        await asyncio.sleep(POLL_SECONDS)
    if recorded != request.chain:
        raise ApplicationError(
            f"Event {request.revision} is recorded with different content, so `{request.name}` is not executed.",
            type=Failure.AUDIT_BROKEN,
            non_retryable=True,
        )


async def _hash(engine: AsyncEngine, owner_id: str, seq: int) -> str | None:
    """Return the hash of an event of an invoice or of a quote; their ids differ."""
    of_invoice = select(col(InvoiceEvent.hash)).where(
        col(InvoiceEvent.invoice_id) == owner_id, col(InvoiceEvent.seq) == seq
    )
    of_quote = select(col(QuoteEventRow.hash)).where(
        col(QuoteEventRow.quote_id) == owner_id, col(QuoteEventRow.seq) == seq
    )
    query = union_all(of_invoice, of_quote)
    async with engine.connect() as connection:
        found: str | None = await connection.scalar(query)
        return found
