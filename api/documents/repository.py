"""Reads stored PDFs from PostgreSQL."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.documents.tables import StoredDocument


@dataclass(frozen=True)
class StoredPdf:
    sha256: str
    content: bytes


class DocumentRepository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find_pdf(self, sha256: str) -> StoredPdf | None:
        """Return the PDF with this digest; None when it is not stored."""
        columns = select(col(StoredDocument.sha256), col(StoredDocument.pdf))
        async with self._engine.connect() as connection:
            row = (await connection.execute(columns.where(col(StoredDocument.sha256) == sha256))).first()
        return StoredPdf(row[0], bytes(row[1])) if row else None
