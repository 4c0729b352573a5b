"""The store of issued documents in PostgreSQL: the snapshot of the content by its digest, the PDF by its SHA-256."""

import hashlib

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from models.documents.ports import RenderInput
from models.documents.tables import FrozenContent, StoredDocument
from models.invoice.content.content import Content
from models.invoice.invoice import Document
from models.values.failure_codes import Failure


class DocumentStore:
    """Stores documents and reads them. A stored document never changes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def save(self, rendering: RenderInput, pdf: bytes, pages: int) -> Document:
        """Store the content and the PDF; return the digest, size and pages of the PDF. A repetition changes nothing."""
        document = Document(sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf), pages=pages)
        content = {
            "digest": rendering.digest,
            "invoice_id": rendering.invoice_id,
            "display_number": rendering.display_number,
            "content": rendering.content.model_dump_json(),
        }
        stored = {"invoice_id": rendering.invoice_id, "digest": rendering.digest, "pdf": pdf, **document.model_dump()}
        async with self._engine.begin() as connection:
            await connection.execute(insert(FrozenContent).values(content).on_conflict_do_nothing())
            await connection.execute(insert(StoredDocument).values(stored).on_conflict_do_nothing())
        return document

    async def content(self, digest: str) -> tuple[Content, str]:
        """Return the content of a document and its display number. Raises DOCUMENT_MISSING."""
        query = select(col(FrozenContent.content), col(FrozenContent.display_number))
        async with self._engine.connect() as connection:
            found = (await connection.execute(query.where(col(FrozenContent.digest) == digest))).first()
        if found is None:
            raise _missing(f"There is no stored content with the digest {digest}.")
        return Content.model_validate_json(found.content), found.display_number

    async def contents_of(self, invoice_id: str) -> list[Content]:
        """Return the contents of all finalised documents of the invoice, the newest first."""
        query = select(col(FrozenContent.content)).where(col(FrozenContent.invoice_id) == invoice_id)
        async with self._engine.connect() as connection:
            found = await connection.scalars(query.order_by(col(FrozenContent.created_at).desc()))
            return [Content.model_validate_json(content) for content in found]

    async def pdf(self, sha256: str) -> bytes:
        """Return a PDF. Raises DOCUMENT_MISSING."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(col(StoredDocument.pdf)).where(col(StoredDocument.sha256) == sha256))
        if found is None:
            raise _missing(f"There is no stored PDF with the SHA-256 {sha256}.")
        return bytes(found)


def _missing(message: str) -> ApplicationError:
    """Return the error of a missing document. It is retried, because a restore of the database may bring it back."""
    return ApplicationError(message, type=Failure.DOCUMENT_MISSING)
