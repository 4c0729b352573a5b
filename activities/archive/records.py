"""What the database knows about the files of the archive, for the sweep."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.archive.archived_files import ArchivedInvoice, ArchivedQuote
from models.documents.tables import StoredDocument
from models.invoice.effects import EffectState
from models.invoice.tables import OF_THE_ARCHIVE, ExternalEffect, InvoiceRow
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.tables import QuoteRow, QuoteVersionRow

PAGE: Final = 200
_CLOSED = (EffectState.DONE, EffectState.SKIPPED)
# Only these parts of the state: reading and checking whole invoices would occupy the worker.
_STATE = col(InvoiceRow.state)
_INVOICES = select(
    col(InvoiceRow.id),
    col(InvoiceRow.number).label("display_number"),
    _STATE["document"].label("document"),
    func.coalesce(_STATE["effects"], text("'[]'::jsonb")).label("effects"),
)
_QUOTE = col(QuoteRow.state)
_QUOTES: Any = select(
    col(QuoteRow.id),
    col(QuoteRow.number).label("display_number"),
    func.coalesce(_QUOTE["versions"], text("'[]'::jsonb")).label("versions"),
    func.coalesce(_QUOTE["effects"], text("'[]'::jsonb")).label("effects"),
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


async def count_quotes(engine: AsyncEngine) -> int:
    """Return the number of quotes."""
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(QuoteRow)) or 0)


async def quotes_after(engine: AsyncEngine, after: str, limit: int) -> list[ArchivedQuote]:
    """Return the quotes that follow an id, in the order of their ids."""
    return await _quotes(engine, _QUOTES.where(col(QuoteRow.id) > after).order_by(col(QuoteRow.id)).limit(limit))


async def every_quote(engine: AsyncEngine) -> AsyncIterator[ArchivedQuote]:
    """Yield all quotes, in the order of their ids."""
    after = ""
    while found := await quotes_after(engine, after, PAGE):
        for quote in found:
            yield quote
        after = found[-1].id


async def quotes_of(engine: AsyncEngine, ids: Iterable[str]) -> list[ArchivedQuote]:
    """Return these quotes as they are now."""
    return await _quotes(engine, _QUOTES.where(col(QuoteRow.id).in_(list(ids))))


async def _quotes(engine: AsyncEngine, query: Select[Any]) -> list[ArchivedQuote]:
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [ArchivedQuote.model_validate(dict(row)) for row in rows]


async def sizes(engine: AsyncEngine, digests: Iterable[str]) -> dict[str, int]:
    """Return the sizes of the documents of invoices and quotes by their SHA-256."""
    wanted = list(digests)
    found: dict[str, int] = {}
    async with engine.connect() as connection:
        for table in (StoredDocument, QuoteVersionRow):
            query = select(col(table.sha256), col(table.size)).where(col(table.sha256).in_(wanted))
            found |= {row.sha256: row.size for row in await connection.execute(query)}
    return found


async def archived_keys(engine: AsyncEngine, keys: Iterable[str]) -> set[str]:
    """Return those of the keys that an effect of the archive has recorded."""
    key = col(ExternalEffect.vendor_id)
    recorded = select(key).where(key.in_(list(keys)))
    of_quotes = col(ExternalEffect.effect) == QuoteEffectName.ARCHIVE.value
    async with engine.connect() as connection:
        found = [*await connection.scalars(recorded.where(text(OF_THE_ARCHIVE)))]
        found += await connection.scalars(recorded.where(of_quotes))
    return {each for each in found if each is not None}


async def may_have_stored(engine: AsyncEngine, effect: str, key: str) -> bool:
    """Return whether the effect may have stored this key: it has recorded it by now, or its outcome is open."""
    table = ExternalEffect
    query = select(col(table.state), col(table.vendor_id)).where(col(table.key) == effect)
    async with engine.connect() as connection:
        row = (await connection.execute(query)).first()
    return row is not None and (row.vendor_id == key or row.state not in _CLOSED)
