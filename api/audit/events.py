"""Reads the events of the audit trail across invoices, the newest first."""

from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from api.audit.filters import EventFilter, EventPosition, EventSelection
from api.audit.schemas import InvoiceEventView
from models.invoice.tables import InvoiceEvent, InvoiceRow
from models.values.period import moments_of

INVOICES = InvoiceRow.metadata.tables["invoices"]
EVENTS = InvoiceEvent.metadata.tables["invoice_events"]


class EventReads:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, filters: EventFilter, zone: str) -> tuple[list[InvoiceEventView], str | None]:
        """Return one page and the cursor of the next one. Raise Invalid when the cursor is not from this list."""
        c = EVENTS.c
        query = (
            select(
                *(c.invoice_id, c.seq, c.at, c.event),
                *(INVOICES.c.number.label("display_number"), INVOICES.c.customer_name.label("company_name")),
            )
            .join(INVOICES, INVOICES.c.id == c.invoice_id)
            .where(*_conditions(filters, zone), *_after(filters.position))
            .order_by(c.at.desc(), c.invoice_id.desc(), c.seq.desc())
            .limit(filters.per_page + 1)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        shown = rows[: filters.per_page]
        last = shown[-1] if len(rows) > len(shown) else None
        following = filters.cursor_after(last["at"], last["invoice_id"], last["seq"]) if last else None
        return [InvoiceEventView.model_validate({**row["event"], **row}) for row in shown], following


def _conditions(selection: EventSelection, zone: str) -> list[ColumnElement[bool]]:
    c = EVENTS.c
    found: list[ColumnElement[bool]] = []
    begin, end = moments_of(selection.day_from, selection.day_to, zone)
    found += [c.by == selection.by] if selection.by is not None else []
    found += [c.action == selection.action] if selection.action is not None else []
    found += [c.at >= begin] if begin is not None else []
    found += [c.at < end] if end is not None else []
    if (name := selection.invoice) is not None:
        named = select(INVOICES.c.id).where(or_(INVOICES.c.id == name, INVOICES.c.number == name))
        found.append(c.invoice_id.in_(named))
    return found


def _after(position: EventPosition | None) -> list[ColumnElement[bool]]:
    if position is None:
        return []
    c = EVENTS.c
    last: tuple[tuple[Any, Any], ...] = (
        (c.at, position.at),
        (c.invoice_id, position.invoice_id),
        (c.seq, position.seq),
    )
    values = tuple_(*(literal(value, column.type) for column, value in last))
    return [tuple_(*(column for column, _ in last)) < values]
