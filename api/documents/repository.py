"""Reads stored PDFs from PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.documents.tables import StoredDocument
from models.invoice.tables import InvoiceRow


@dataclass(frozen=True)
class StoredPdf:
    sha256: str
    content: bytes


@dataclass(frozen=True)
class PrintedInvoice:
    """An invoice as far as a collection of documents needs it."""

    id: str
    number: str | None
    customer_name: str
    document_sha256: str | None


class DocumentRepository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find_pdf(self, sha256: str) -> StoredPdf | None:
        """Return the PDF with this digest; None when it is not stored."""
        columns = select(col(StoredDocument.sha256), col(StoredDocument.pdf))
        async with self._engine.connect() as connection:
            row = (await connection.execute(columns.where(col(StoredDocument.sha256) == sha256))).first()
        return StoredPdf(row[0], bytes(row[1])) if row else None

    async def invoices(self, invoice_ids: Sequence[str]) -> list[PrintedInvoice]:
        """Return the invoices with these ids, in any order, without their contents."""
        row = InvoiceRow
        columns = select(col(row.id), col(row.number), col(row.customer_name), col(row.document_sha256))
        async with self._engine.connect() as connection:
            found = await connection.execute(columns.where(col(row.id).in_(invoice_ids)))
            return [PrintedInvoice(each.id, each.number, each.customer_name, each.document_sha256) for each in found]
