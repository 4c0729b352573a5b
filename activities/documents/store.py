"""Documents as they were issued: the frozen content by its digest, the PDF by its SHA-256. Neither ever changes."""

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
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def save(self, rendering: RenderInput, pdf: bytes, pages: int) -> Document:
        """The same content or PDF again changes nothing."""
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
        """What the document says, and its display number."""
        query = select(col(FrozenContent.content), col(FrozenContent.display_number))
        async with self._engine.connect() as connection:
            found = (await connection.execute(query.where(col(FrozenContent.digest) == digest))).first()
        if found is None:
            raise _missing(f"There is no frozen content {digest}.")
        return Content.model_validate_json(found.content), found.display_number

    async def contents_of(self, invoice_id: str) -> list[Content]:
        """Whatever was finalised under the invoice's number, the newest first."""
        query = select(col(FrozenContent.content)).where(col(FrozenContent.invoice_id) == invoice_id)
        async with self._engine.connect() as connection:
            found = await connection.scalars(query.order_by(col(FrozenContent.created_at).desc()))
            return [Content.model_validate_json(content) for content in found]

    async def pdf(self, sha256: str) -> bytes:
        async with self._engine.connect() as connection:
            found = await connection.scalar(select(col(StoredDocument.pdf)).where(col(StoredDocument.sha256) == sha256))
        if found is None:
            raise _missing(f"There is no PDF {sha256}.")
        return bytes(found)


def _missing(message: str) -> ApplicationError:
    """Retryable: a database that is being restored may still bring it back."""
    return ApplicationError(message, type=Failure.DOCUMENT_MISSING)
