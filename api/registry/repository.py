"""All that the API reads of invoices from PostgreSQL, where it writes nothing but settings.

See docs/specification/temporal.md 5.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.database.engine import EXPORTS, REGISTRY, create_engine
from api.registry import open_items, queries
from api.registry.filters import InvoiceFilter, OpenItemFilter, Selection, SortedSelection
from api.registry.keyset import Position
from api.registry.queries import Listing, Total, Wanted
from api.registry.schemas import OpenTotal
from models.access.tables import User
from models.audit.hash_chain import Event
from models.documents.tables import StoredDocument
from models.invoice.invoice import Invoice
from models.invoice.status import WITHDRAWN, Kind
from models.invoice.tables import InvoiceEvent, InvoiceRow
from models.issuer.issuer import Issuer
from models.issuer.tables import IssuerRow
from models.values.period import BILLING_ZONE, Period


@dataclass(frozen=True)
class Login:
    username: str
    password_hash: str
    role: str
    active: bool


@dataclass(frozen=True)
class InvoiceRef:
    """Enough of an invoice to send it a command."""

    id: str
    workflow_id: str


@dataclass(frozen=True)
class Pdf:
    sha256: str
    pdf: bytes


class Registry:
    def __init__(self, engine: AsyncEngine, exports: AsyncEngine) -> None:
        self._engine = engine
        self._exports = exports

    @classmethod
    def at(cls, url: str) -> "Registry":
        return cls(create_engine(url, REGISTRY), create_engine(url, EXPORTS))

    @property
    def engine(self) -> AsyncEngine:
        """Of short queries that only read."""
        return self._engine

    async def close(self) -> None:
        await self._engine.dispose()
        await self._exports.dispose()

    async def ping(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def login(self, username: str) -> Login | None:
        columns = select(col(User.username), col(User.password_hash), col(User.role), col(User.active))
        row = await self._first(columns.where(col(User.username) == username))
        return Login(*row) if row else None

    async def invoice(self, invoice_id: str) -> Invoice | None:
        return _invoice(await self._first(select(col(InvoiceRow.state)).where(col(InvoiceRow.id) == invoice_id)))

    async def invoice_ref(self, invoice_id: str) -> InvoiceRef | None:
        columns = select(col(InvoiceRow.id), col(InvoiceRow.workflow_id))
        row = await self._first(columns.where(col(InvoiceRow.id) == invoice_id))
        return InvoiceRef(*row) if row else None

    async def standing(self, application_key: str, period: Period) -> Invoice | None:
        """The invoice of this contract and period that is neither void nor discarded; there is one at the most."""
        found = select(col(InvoiceRow.state)).where(*_of_period(application_key, period), ~_is_withdrawn())
        return _invoice(await self._first(found))

    async def withdrawn(self, application_key: str, period: Period) -> int:
        """How many void or discarded ones there are, so that a correction gets a workflow of its own."""
        counted = select(func.count()).where(*_of_period(application_key, period), _is_withdrawn())
        async with self._engine.connect() as connection:
            return int(await connection.scalar(counted) or 0)

    async def invoices(self, wanted: InvoiceFilter) -> Listing:
        position = Position.read(wanted.cursor, wanted)
        async with self._engine.connect() as connection:
            total = await queries.count(connection, wanted)
            return await queries.page(connection, Wanted(wanted, wanted.per_page, wanted.offset, position), total)

    async def open_items(self, wanted: OpenItemFilter, today: date) -> tuple[Listing, list[OpenTotal]]:
        selection = wanted.selection
        position = Position.read(wanted.cursor, selection)
        async with self._engine.connect() as connection:
            totals = await open_items.totals(connection, selection, today)
            total = open_items.count(totals)
            narrowed = (open_items.AWAITS_MONEY,)
            page = Wanted(selection, wanted.per_page, wanted.offset, position, narrowed)
            return await queries.page(connection, page, total), totals

    async def count(self, selection: Selection, up_to: int) -> Total:
        async with self._engine.connect() as connection:
            return await queries.count(connection, selection, up_to)

    async def export(self, selection: SortedSelection) -> AsyncGenerator[Sequence[RowMapping]]:
        """In batches. Who takes them slowly keeps nobody waiting who looks at a page."""
        async with self._exports.connect() as connection:
            async for batch in queries.stream(connection, selection):
                yield batch

    async def issuer_zone(self) -> str:
        """Where the issuer's days begin and end; the usual one until the issuer is entered in the settings."""
        row = await self._first(select(col(IssuerRow.issuer)))
        return Issuer.model_validate(row[0]).zone if row else BILLING_ZONE

    async def events(self, invoice_id: str) -> list[Event]:
        of_invoice = select(col(InvoiceEvent.event)).where(col(InvoiceEvent.invoice_id) == invoice_id)
        async with self._engine.connect() as connection:
            return [
                Event.model_validate(event)
                for event in await connection.scalars(of_invoice.order_by(col(InvoiceEvent.seq)))
            ]

    async def pdf(self, sha256: str) -> Pdf | None:
        row = await self._first(
            select(col(StoredDocument.sha256), col(StoredDocument.pdf)).where(col(StoredDocument.sha256) == sha256)
        )
        return Pdf(row[0], bytes(row[1])) if row else None

    async def _first(self, query: Any) -> Sequence[Any] | None:
        async with self._engine.connect() as connection:
            row: Sequence[Any] | None = (await connection.execute(query)).first()
            return row


def _invoice(row: Sequence[Any] | None) -> Invoice | None:
    return Invoice.model_validate(row[0]) if row else None


def _of_period(application_key: str, period: Period) -> tuple[ColumnElement[bool], ...]:
    return (
        col(InvoiceRow.kind) == Kind.SERVICE,
        col(InvoiceRow.application_key) == application_key,
        col(InvoiceRow.period_start) == period.start,
        col(InvoiceRow.period_end) == period.end,
    )


def _is_withdrawn() -> ColumnElement[bool]:
    return col(InvoiceRow.status).in_([status.value for status in WITHDRAWN])
