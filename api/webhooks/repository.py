"""The deliveries of webhooks that were received, and the invoices of documents in Didox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from models.invoice.tables import InvoiceRow, ReceivedWebhook

# Much longer than the timestamp of a delivery is accepted.
KEPT: Final = timedelta(days=1)


@dataclass(frozen=True)
class WebhookDeliveries:
    """The ids of deliveries. An id is kept when what it asked for is done, so that a failed one can be repeated."""

    engine: AsyncEngine

    @asynccontextmanager
    async def received(self, source: str, delivery_id: str, now: datetime) -> AsyncIterator[AsyncConnection | None]:
        """Yield a connection for a delivery that is received for the first time, None for a repeated one.

        The id is stored at the end of the block, unless it raises. The same delivery at the same time waits meanwhile.
        """
        async with self.engine.begin() as connection:
            await connection.execute(delete(ReceivedWebhook).where(col(ReceivedWebhook.received_at) < now - KEPT))
            row = {"source": source, "delivery_id": delivery_id, "received_at": now}
            inserted = insert(ReceivedWebhook).values(row).on_conflict_do_nothing()
            is_new = await connection.scalar(inserted.returning(col(ReceivedWebhook.delivery_id))) is not None
            yield connection if is_new else None


async def workflow_of(connection: AsyncConnection, document_id: str) -> str | None:
    """Return the id of the workflow whose invoice has this document; None if there is none."""
    query = select(col(InvoiceRow.workflow_id)).where(col(InvoiceRow.einvoice_id) == document_id.lower())
    found: str | None = await connection.scalar(query.limit(1))
    return found
