"""What the database knows about the files of the archive, for the sweep."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.archive.archived_files import ArchivedInvoice
from models.documents.tables import StoredDocument
from models.invoice.effects import EffectState
from models.invoice.tables import OF_THE_ARCHIVE, ExternalEffect, InvoiceRow

_CLOSED = (EffectState.DONE, EffectState.SKIPPED)
# Only these parts of the state: reading and checking whole invoices would occupy the worker.
_STATE = col(InvoiceRow.state)
_INVOICES = select(
    col(InvoiceRow.id),
    col(InvoiceRow.number).label("display_number"),
    _STATE["document"].label("document"),
    func.coalesce(_STATE["effects"], text("'[]'::jsonb")).label("effects"),
)


async def count(engine: AsyncEngine) -> int:
    """Return the number of invoices."""
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(InvoiceRow)) or 0)


async def invoices_after(engine: AsyncEngine, after: str, limit: int) -> list[ArchivedInvoice]:
    """Return the invoices that follow an id, in the order of their ids."""
    return await _invoices(
        engine, _INVOICES.where(col(InvoiceRow.id) > after).order_by(col(InvoiceRow.id)).limit(limit)
    )


async def invoices_of(engine: AsyncEngine, ids: Iterable[str]) -> list[ArchivedInvoice]:
    """Return these invoices as they are now."""
    return await _invoices(engine, _INVOICES.where(col(InvoiceRow.id).in_(list(ids))))


async def _invoices(engine: AsyncEngine, query: Select[Any]) -> list[ArchivedInvoice]:
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [ArchivedInvoice.model_validate(dict(row)) for row in rows]


async def sizes(engine: AsyncEngine, digests: Iterable[str]) -> dict[str, int]:
    """Return the sizes of documents by their SHA-256."""
    query = select(col(StoredDocument.sha256), col(StoredDocument.size))
    async with engine.connect() as connection:
        found = await connection.execute(query.where(col(StoredDocument.sha256).in_(list(digests))))
        return {row.sha256: row.size for row in found}


async def archived_keys(engine: AsyncEngine, keys: Iterable[str]) -> set[str]:
    """Return those of the keys that an effect of the archive has recorded."""
    key = col(ExternalEffect.vendor_id)
    async with engine.connect() as connection:
        return set(await connection.scalars(select(key).where(key.in_(list(keys)), text(OF_THE_ARCHIVE))))


async def may_have_stored(engine: AsyncEngine, effect: str, key: str) -> bool:
    """Return whether the effect may have stored this key: it has recorded it by now, or its outcome is open."""
    table = ExternalEffect
    query = select(col(table.state), col(table.vendor_id)).where(col(table.key) == effect)
    async with engine.connect() as connection:
        row = (await connection.execute(query)).first()
    return row is not None and (row.vendor_id == key or row.state not in _CLOSED)
