"""The look-up of an invoice by the name that a person has for it."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from activities.database.engine import sessions
from models.invoice.invoice import Invoice
from models.invoice.tables import InvoiceRow


async def find_invoice(engine: AsyncEngine, name: str) -> Invoice | None:
    """Return the invoice with this number, id or workflow id, or None. Lower case also finds a number."""
    columns = (InvoiceRow.number, InvoiceRow.id, InvoiceRow.workflow_id)
    named = or_(*(col(column).in_({name, name.upper()}) for column in columns))
    async with sessions(engine)() as session:
        state = await session.scalar(select(InvoiceRow.state).where(named).limit(1))  # type: ignore[call-overload]
    return None if state is None else Invoice.model_validate(state)
