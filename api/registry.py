"""All that the API reads of invoices from PostgreSQL, where it writes nothing but settings (design 1.10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, make_url, or_, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import col

from api.bodies import InvoiceFilter
from api.rows import InvoiceSummary
from models.audit import Event
from models.invoice import Invoice
from models.periods import Period
from models.status import Kind, Status
from models.tables import InvoiceEvent, InvoiceRow, StoredDocument, User

_LIMITS = "-c timezone=UTC -c default_transaction_read_only=on -c statement_timeout=5s"
_WITHDRAWN = (Status.VOID, Status.DISCARDED)

# The registry's columns that are called otherwise in JSON.
_RENAMED = {"display_number": "number", "company_name": "customer_name"}
_SHOWN: list[ColumnElement[Any]] = [
    col(getattr(InvoiceRow, _RENAMED.get(name, name))).label(name) for name in InvoiceSummary.model_fields
]


@dataclass(frozen=True)
class Login:
    username: str
    password_hash: str
    role: str
    active: bool


@dataclass(frozen=True)
class Pdf:
    sha256: str
    pdf: bytes


class Registry:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @classmethod
    def at(cls, url: str) -> "Registry":
        return cls(
            create_async_engine(
                make_url(url).set(drivername="postgresql+psycopg"),
                pool_size=10,
                max_overflow=10,
                pool_timeout=5,
                pool_pre_ping=True,
                connect_args={"options": _LIMITS, "connect_timeout": 5, "application_name": "aktum-api"},
            )
        )

    async def close(self) -> None:
        await self._engine.dispose()

    async def ping(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def login(self, username: str) -> Login | None:
        columns = select(col(User.username), col(User.password_hash), col(User.role), col(User.active))
        row = await self._first(columns.where(col(User.username) == username))
        return Login(*row) if row else None

    async def invoice(self, invoice_id: str) -> Invoice | None:
        return _invoice(await self._first(select(col(InvoiceRow.state)).where(col(InvoiceRow.id) == invoice_id)))

    async def standing(self, application_key: str, period: Period) -> Invoice | None:
        """The invoice of this contract and period that is neither void nor discarded; there is one at the most."""
        found = select(col(InvoiceRow.state)).where(*_of_period(application_key, period), ~_is_withdrawn())
        return _invoice(await self._first(found))

    async def withdrawn(self, application_key: str, period: Period) -> int:
        """How many void or discarded ones there are, so that a correction gets a workflow of its own."""
        counted = select(func.count()).where(*_of_period(application_key, period), _is_withdrawn())
        async with self._engine.connect() as connection:
            return int(await connection.scalar(counted) or 0)

    async def invoices(self, wanted: InvoiceFilter) -> tuple[list[InvoiceSummary], int]:
        """A page, the newest first, and how many there are in all."""
        conditions = _conditions(wanted)
        newest = (
            select(*_SHOWN)
            .where(*conditions)
            .order_by(col(InvoiceRow.created_at).desc(), col(InvoiceRow.id).desc())
            .limit(wanted.per_page)
            .offset(wanted.offset)
        )
        counted = select(func.count()).select_from(InvoiceRow).where(*conditions)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(newest)).mappings().all()
            total = int(await connection.scalar(counted) or 0)
        return [InvoiceSummary.model_validate(dict(row)) for row in rows], total

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
    return col(InvoiceRow.status).in_([status.value for status in _WITHDRAWN])


def _conditions(wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.status:
        found.append(col(InvoiceRow.status).in_([status.value for status in wanted.status]))
    if wanted.kind:
        found.append(col(InvoiceRow.kind) == wanted.kind.value)
    if wanted.application_key:
        found.append(col(InvoiceRow.application_key) == wanted.application_key)
    if wanted.customer_key:
        found.append(col(InvoiceRow.customer_key) == wanted.customer_key)
    if month := wanted.month:
        found.append(col(InvoiceRow.period_start).between(month.start, month.end))
    if wanted.overdue is not None:
        found.append(col(InvoiceRow.overdue).is_(wanted.overdue))
    if wanted.q:
        searched = (
            InvoiceRow.number,
            InvoiceRow.application_key,
            InvoiceRow.application_name,
            InvoiceRow.customer_key,
            InvoiceRow.customer_name,
        )
        found.append(or_(*(col(column).icontains(wanted.q, autoescape=True) for column in searched)))
    return found
