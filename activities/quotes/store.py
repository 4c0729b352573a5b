"""The store of sent versions in PostgreSQL: the content by its digest, and the PDF by its SHA-256."""

import hashlib

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from models.invoice.invoice import Document
from models.quotes.content.content import QuoteContent
from models.quotes.quote.ports import RenderQuote
from models.quotes.quote.tables import QuoteVersionRow
from models.values.failure_codes import Failure


class QuoteStore:
    """Stores versions and reads them. A stored version never changes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def save(self, rendering: RenderQuote, pdf: bytes, pages: int) -> Document:
        """Store a version and its PDF; return the digest, size and pages. A repetition changes nothing."""
        document = Document(sha256=hashlib.sha256(pdf).hexdigest(), size=len(pdf), pages=pages)
        row = {
            "digest": rendering.digest,
            "quote_id": rendering.quote_id,
            "version": rendering.version,
            "number": rendering.number,
            "content": rendering.content.model_dump_json(),
            "pdf": pdf,
            **document.model_dump(),
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(QuoteVersionRow).values(row).on_conflict_do_nothing())
        return document

    async def content(self, digest: str) -> tuple[QuoteContent, str]:
        """Return the content of a version and the number of its quote. Raises DOCUMENT_MISSING."""
        query = select(col(QuoteVersionRow.content), col(QuoteVersionRow.number))
        async with self._engine.connect() as connection:
            found = (await connection.execute(query.where(col(QuoteVersionRow.digest) == digest))).first()
        if found is None:
            raise _missing(f"There is no stored version with the digest {digest}.")
        return QuoteContent.model_validate_json(found.content), found.number

    async def pdf(self, digest: str) -> bytes:
        """Return the PDF of a version. Raises DOCUMENT_MISSING."""
        query = select(col(QuoteVersionRow.pdf)).where(col(QuoteVersionRow.digest) == digest)
        async with self._engine.connect() as connection:
            found = await connection.scalar(query)
        if found is None:
            raise _missing(f"There is no stored version with the digest {digest}.")
        return bytes(found)

    async def document(self, sha256: str) -> bytes:
        """Return the PDF with this SHA-256. Raises DOCUMENT_MISSING."""
        query = select(col(QuoteVersionRow.pdf)).where(col(QuoteVersionRow.sha256) == sha256).limit(1)
        async with self._engine.connect() as connection:
            found = await connection.scalar(query)
        if found is None:
            raise _missing(f"There is no stored version whose document has the SHA-256 {sha256}.")
        return bytes(found)


def _missing(message: str) -> ApplicationError:
    """Return the error of a missing version. It is retried, because a restore of the database may bring it back."""
    return ApplicationError(message, type=Failure.DOCUMENT_MISSING)
