"""Reads quotes, their audit trails and their sent versions from PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.database.neighbours import Beside, beside
from activities.database.word_search import found_first, has_words
from api.quotes.filters import QuoteFilters, QuoteQuery
from models.audit.hash_chain import Event
from models.contracts.quoted_terms import QUOTE_CLAIM
from models.invoice.invoice import Invoice
from models.invoice.tables import ClaimedWorklog, InvoiceRow
from models.quotes.content.content import QuoteContent
from models.quotes.quote.quote import Quote
from models.quotes.quote.tables import QuoteEventRow, QuoteRow, QuoteVersionRow

OF_QUOTES: Final = "worklog_id LIKE 'quote:%'"  # the condition of the index on these claims
QUOTES: Final = QuoteRow.metadata.tables[QuoteRow.__tablename__]
LISTED: Final = tuple(column for column in QUOTES.c if column.name not in ("state", "search", "workflow_id"))


@dataclass(frozen=True)
class QuoteRef:
    """The ids of a quote, enough to send it a command."""

    id: str
    workflow_id: str


@dataclass(frozen=True)
class StoredPdf:
    content: bytes
    sha256: str
    number: str


class QuoteRepository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, query: QuoteQuery) -> Sequence[RowMapping]:
        """Return the quotes of a page and one more if there is one, the newest first."""
        key = tuple_(QUOTES.c.created_at, QUOTES.c.id)
        wanted = select(*LISTED).where(*_conditions(query))
        if position := query.position:
            wanted = wanted.where(key < tuple_(position.created_at, position.id))
        return await self._rows(
            wanted.order_by(QUOTES.c.created_at.desc(), QUOTES.c.id.desc()).limit(query.per_page + 1)
        )

    async def beside(self, quote: Quote, filters: QuoteFilters) -> Beside:
        """Return the ids of the quotes before and after this one in the list, which it may have left."""
        rows = select(QUOTES.c.id).where(*_conditions(filters))
        key = (QUOTES.c.created_at, QUOTES.c.id)
        async with self._engine.connect() as connection:
            return await beside(connection, rows, key, (quote.created.at, quote.id), descending=True)

    async def sums(self, filters: QuoteFilters) -> Sequence[RowMapping]:
        """Return the number and the total of the quotes for each status and currency."""
        grouped = (
            select(
                QUOTES.c.status,
                QUOTES.c.currency,
                func.count().label("quotes"),
                func.sum(QUOTES.c.net_amount).label("net_amount"),
                func.sum(QUOTES.c.total_amount).label("total_amount"),
            )
            .where(*_conditions(filters))
            .group_by(QUOTES.c.status, QUOTES.c.currency)
            .order_by(QUOTES.c.status, QUOTES.c.currency)
        )
        return await self._rows(grouped)

    async def find(self, quote_id: str) -> Quote | None:
        found = await self._rows(select(QUOTES.c.state).where(QUOTES.c.id == quote_id))
        return Quote.model_validate(found[0]["state"]) if found else None

    async def find_ref(self, quote_id: str) -> QuoteRef | None:
        found = await self._rows(select(QUOTES.c.id, QUOTES.c.workflow_id).where(QUOTES.c.id == quote_id))
        return QuoteRef(found[0]["id"], found[0]["workflow_id"]) if found else None

    async def events(self, quote_id: str) -> list[Event]:
        """Return the quote's audit trail, the oldest event first."""
        of_quote = select(col(QuoteEventRow.event)).where(col(QuoteEventRow.quote_id) == quote_id)
        async with self._engine.connect() as connection:
            events = await connection.scalars(of_quote.order_by(col(QuoteEventRow.seq)))
            return [Event.model_validate(event) for event in events]

    async def version(self, digest: str) -> QuoteContent | None:
        """Return the content of a sent version; None if there is none with this digest."""
        query = select(col(QuoteVersionRow.content)).where(col(QuoteVersionRow.digest) == digest)
        async with self._engine.connect() as connection:
            found = await connection.scalar(query)
        return QuoteContent.model_validate_json(found) if found else None

    async def pdf(self, digest: str) -> StoredPdf | None:
        """Return the PDF of a sent version; None if there is none with this digest."""
        row = QuoteVersionRow
        query = select(col(row.pdf), col(row.sha256), col(row.number)).where(col(row.digest) == digest)
        async with self._engine.connect() as connection:
            found = (await connection.execute(query)).first()
        return StoredPdf(bytes(found.pdf), found.sha256, found.number) if found else None

    async def invoices(self, quote_id: str) -> list[Invoice]:
        """Return the invoices that have prices of the quote, or an entry of its schedule."""
        claims = select(col(ClaimedWorklog.invoice_id)).where(
            col(ClaimedWorklog.worklog_id).like(f"{QUOTE_CLAIM}{quote_id}:%"), text(OF_QUOTES)
        )
        priced = select(col(InvoiceRow.id)).where(col(InvoiceRow.quote_id) == quote_id)
        # A union reads the two indexes; with OR PostgreSQL would read all invoices.
        query = select(col(InvoiceRow.state)).where(col(InvoiceRow.id).in_(priced.union(claims)))
        async with self._engine.connect() as connection:
            return [Invoice.model_validate(state) for state in await connection.scalars(query)]

    async def _rows(self, query: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as connection:
            rows: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
            return rows


def _conditions(filters: QuoteFilters) -> list[ColumnElement[bool]]:
    equal = ("customer_key", "application_key", "created_by", "converted", "blocked")
    found: list[ColumnElement[bool]] = [
        QUOTES.c[name] == value for name in equal if (value := getattr(filters, name)) is not None
    ]
    if filters.status:
        found.append(QUOTES.c.status.in_([each.value for each in filters.status]))
    if filters.currency is not None:
        found.append(QUOTES.c.currency == filters.currency.value)
    if filters.valid_from is not None:
        found.append(QUOTES.c.valid_until >= filters.valid_from)
    if filters.valid_to is not None:
        found.append(QUOTES.c.valid_until <= filters.valid_to)
    if filters.search is not None:
        found.append(found_first(QUOTES.c.id, has_words(QUOTES.c.search, filters.search)))
    return found
