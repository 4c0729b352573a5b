"""Reads single invoices and their audit trails from PostgreSQL (docs/specification/temporal.md 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from models.audit.hash_chain import Event
from models.invoice.invoice import Invoice
from models.invoice.status import WITHDRAWN, Kind, Status
from models.invoice.tables import InvoiceEvent, InvoiceRow
from models.partners.orders.tables import OrderClaim
from models.values.period import Period


@dataclass(frozen=True)
class InvoiceRef:
    """The ids of an invoice, enough to send it a command, and its recorded revision."""

    id: str
    workflow_id: str
    revision: int
    kind: Kind


class InvoiceRepository:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, invoice_id: str) -> Invoice | None:
        return _invoice(await self._first(select(col(InvoiceRow.state)).where(col(InvoiceRow.id) == invoice_id)))

    async def find_all(self, invoice_ids: Sequence[str]) -> list[Invoice]:
        """Return the invoices with these ids, in any order."""
        query = select(col(InvoiceRow.state)).where(col(InvoiceRow.id).in_(invoice_ids))
        async with self._engine.connect() as connection:
            return [Invoice.model_validate(state) for state in await connection.scalars(query)]

    async def before(self, application_key: str, day: date, most: int) -> list[Invoice]:
        """Return the contract's standing invoices of the periods that began before the day, the newest first."""
        query = (
            select(col(InvoiceRow.state))
            .where(col(InvoiceRow.application_key) == application_key, col(InvoiceRow.period_start) < day)
            .where(~_is_withdrawn())
            .order_by(col(InvoiceRow.period_start).desc())
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return [Invoice.model_validate(state) for state in await connection.scalars(query)]

    async def find_ref(self, invoice_id: str) -> InvoiceRef | None:
        columns = select(*map(col, (InvoiceRow.id, InvoiceRow.workflow_id, InvoiceRow.revision, InvoiceRow.kind)))
        row = await self._first(columns.where(col(InvoiceRow.id) == invoice_id))
        return InvoiceRef(row[0], row[1], row[2], Kind(row[3])) if row else None

    async def standing(self, application_key: str, period: Period) -> Invoice | None:
        """Return the contract's invoice for the period that is neither void nor discarded; there is at most one."""
        found = select(col(InvoiceRow.state)).where(*_of_period(application_key, period), ~_is_withdrawn())
        return _invoice(await self._first(found))

    async def count_withdrawn(self, application_key: str, period: Period) -> int:
        """Return how many invoices of the contract and period are void or discarded.

        The number becomes part of the next invoice's workflow id, so that a correction has a workflow of its own.
        """
        counted = select(func.count()).where(*_of_period(application_key, period), _is_withdrawn())
        async with self._engine.connect() as connection:
            return int(await connection.scalar(counted) or 0)

    async def attempt_for_orders(self, workflow_ids: Sequence[str]) -> tuple[int, Invoice | None]:
        """Return the place of the first workflow id that a new invoice of the orders may have, and the last invoice.

        `workflow_ids` are those of the first invoice, the second after a withdrawal or rejection, and so on. If the
        last one is live, its own place is returned.
        """
        query = select(col(InvoiceRow.workflow_id), col(InvoiceRow.state))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(col(InvoiceRow.workflow_id).in_(workflow_ids)))
            states = {row.workflow_id: row.state for row in rows}
        last: Invoice | None = None
        for place, workflow_id in enumerate(workflow_ids):
            if workflow_id not in states:
                return place, last
            last = Invoice.model_validate(states[workflow_id])
            if last.is_live:
                return place, last
        return len(workflow_ids), last

    async def rejected_for(self, order_keys: Sequence[str]) -> str | None:
        """Return the id of the newest rejected invoice that one of the orders stood on, unless it has been replaced."""
        rejected = (
            select(col(InvoiceRow.id), col(InvoiceRow.replaces))
            .join(OrderClaim, col(OrderClaim.invoice_id) == col(InvoiceRow.id))
            .where(col(OrderClaim.order_key).in_(order_keys), col(InvoiceRow.kind) == Kind.PARTNER.value)
            .where(col(InvoiceRow.status) == Status.REJECTED.value)
            .order_by(col(InvoiceRow.created_at).desc())
            .limit(1)
        )
        row = await self._first(rejected)
        return None if row is None or await self.replacement_of(str(row[0])) else str(row[0])

    async def replacement_of(self, invoice_id: str) -> str | None:
        """Return the id of the newest invoice in place of a rejected one, if there is one."""
        newest = select(col(InvoiceRow.id)).where(col(InvoiceRow.replaces) == invoice_id)
        row = await self._first(newest.order_by(col(InvoiceRow.created_at).desc()).limit(1))
        return str(row[0]) if row else None

    async def events(self, invoice_id: str) -> list[Event]:
        """Return the invoice's audit trail, the oldest event first."""
        of_invoice = select(col(InvoiceEvent.event)).where(col(InvoiceEvent.invoice_id) == invoice_id)
        async with self._engine.connect() as connection:
            events = await connection.scalars(of_invoice.order_by(col(InvoiceEvent.seq)))
            return [Event.model_validate(event) for event in events]

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
