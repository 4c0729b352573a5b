"""The queue of signatures, the bytes to sign and the signatures in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.invoice.signing.tables import DocumentToSign, StoredSignature
from models.invoice.signing.task import SigningTask
from models.invoice.tables import InvoiceRow

_QUEUED = (
    col(InvoiceRow.id),
    col(InvoiceRow.number),
    col(InvoiceRow.customer_name),
    col(InvoiceRow.total_amount),
    col(InvoiceRow.currency),
    col(InvoiceRow.signing_action),
    col(InvoiceRow.signing_document_id),
)


class SignatureRepository:
    """`queries` reads; `writes` stores signatures."""

    def __init__(self, queries: AsyncEngine, writes: AsyncEngine) -> None:
        self._queries = queries
        self._writes = writes

    async def queue(self, offset: int, limit: int) -> tuple[Sequence[RowMapping], int]:
        """Return one page of the invoices that wait for our signature, the oldest first, and how many there are."""
        waits = col(InvoiceRow.signing_action).is_not(None)
        page = select(*_QUEUED).where(waits).order_by(col(InvoiceRow.created_at), col(InvoiceRow.id))
        async with self._queries.connect() as connection:
            rows = (await connection.execute(page.offset(offset).limit(limit))).mappings().all()
            total = await connection.scalar(select(func.count()).select_from(InvoiceRow).where(waits))
        return rows, int(total or 0)

    async def document(self, task: SigningTask, sha256: str) -> DocumentToSign | None:
        """Return the bytes of this digest that were given for the task; None if there are none."""
        table = DocumentToSign.metadata.tables[DocumentToSign.__tablename__]
        query = select(table).where(
            table.c.document_id == task.document_id, table.c.action == task.action.value, table.c.sha256 == sha256
        )
        async with self._queries.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return DocumentToSign(**row) if row else None

    async def save(self, row: dict[str, Any]) -> None:
        """Store a signature; a repetition changes nothing."""
        async with self._writes.begin() as connection:
            await connection.execute(insert(StoredSignature).values(row).on_conflict_do_nothing())
