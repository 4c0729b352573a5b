"""The record of all invoices in PostgreSQL, for an operator's commands: what is open in it, and whether it is whole."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.invoice.projection import projection
from models.audit.hash_chain import reason_broken
from models.invoice.invoice import Invoice
from models.invoice.recorded import Recorded
from models.invoice.status import SETTLED, Kind, Status
from models.invoice.tables import InvoiceEvent, InvoiceRow

PAGE: Final = 200
# No workflow runs for these, unless an effect is unfinished.
_ENDED: Final = sorted(SETTLED - {Status.PAID})
_HAS_UNFINISHED_EFFECT: Final = (
    "jsonb_path_exists(state, "
    """'$.effects[*] ? (@.state == "pending" || @.state == "failed" || @.state == "unknown")')"""
)


async def open_invoices(engine: AsyncEngine) -> list[Recorded]:
    """Return the invoices that are not finished, so that a workflow must run for each, in the order of their ids."""
    is_rejected_for_good = (col(InvoiceRow.kind) == Kind.PARTNER) & (col(InvoiceRow.status) == Status.REJECTED)
    is_open = ~col(InvoiceRow.status).in_(_ENDED) & ~is_rejected_for_good
    return await _recorded(engine, or_(is_open, text(_HAS_UNFINISHED_EFFECT)))


async def of_workflows(engine: AsyncEngine, workflow_ids: Iterable[str]) -> list[Recorded]:
    """Return the invoices of these workflows, open or not, in the order of their ids."""
    return await _recorded(engine, col(InvoiceRow.workflow_id).in_(list(workflow_ids)))


async def _recorded(engine: AsyncEngine, condition: ColumnElement[bool]) -> list[Recorded]:
    columns = (InvoiceRow.id, InvoiceRow.workflow_id, InvoiceRow.number, InvoiceRow.status, InvoiceRow.revision)
    chain = col(InvoiceRow.state)["chain"].astext.label("chain")
    found = []
    async for row in _pages(engine, select(*map(col, columns), chain).where(condition)):
        name = row.number or row.workflow_id
        found.append(Recorded.model_validate({**row._mapping, "name": name}))
    return found


async def recorded_states(engine: AsyncEngine) -> AsyncIterator[Invoice]:
    """Yield the recorded state of every invoice, in the order of their ids."""
    async for row in _pages(engine, select(col(InvoiceRow.id), col(InvoiceRow.state))):
        yield Invoice.model_validate(row.state)


async def count(engine: AsyncEngine) -> int:
    """Return the number of invoices."""
    async with engine.connect() as connection:
        return int(await connection.scalar(select(func.count()).select_from(InvoiceRow)) or 0)


async def break_of(engine: AsyncEngine, invoice: Invoice) -> str | None:
    """Return what is wrong with an audit trail; None if it is unbroken and ends in the recorded state."""
    query = select(col(InvoiceEvent.event)).where(col(InvoiceEvent.invoice_id) == invoice.id)
    async with engine.connect() as connection:
        found = await connection.scalars(query.order_by(col(InvoiceEvent.seq)))
        return reason_broken(found.all(), invoice.revision, invoice.chain)


async def rewrite_row(engine: AsyncEngine, invoice: Invoice) -> bool:
    """Write the columns of an invoice anew from its recorded state; return whether one of them has changed."""
    row = projection(invoice)
    table = InvoiceRow.metadata.tables["invoices"]
    columns = {name: value for name, value in row.items() if name not in ("id", "created_at", "state")}
    differs = or_(*(table.c[name].is_distinct_from(value) for name, value in columns.items()))
    of_this_revision = (table.c.id == invoice.id) & (table.c.revision == invoice.revision)
    async with engine.begin() as connection:
        written = await connection.execute(update(table).where(of_this_revision, differs).values(columns))
    return bool(written.rowcount)


async def missing(engine: AsyncEngine, workflow_ids: Iterable[str]) -> list[str]:
    """Return those of the workflow ids that no recorded invoice has."""
    wanted = list(workflow_ids)
    async with engine.connect() as connection:
        known = await connection.scalars(
            select(col(InvoiceRow.workflow_id)).where(col(InvoiceRow.workflow_id).in_(wanted))
        )
        recorded = set(known)
    return [each for each in wanted if each not in recorded]


async def _pages(engine: AsyncEngine, query: Any) -> AsyncIterator[Any]:
    """Yield the rows of the query in the order of their ids, read in pages by the last id."""
    last = ""
    while True:
        page = query.where(col(InvoiceRow.id) > last).order_by(col(InvoiceRow.id)).limit(PAGE)
        async with engine.connect() as connection:
            rows = (await connection.execute(page)).all()
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        last = rows[-1].id
