"""The recorded state of one invoice, by its id or by another name that a person has for it."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.database.engine import sessions
from models.invoice.invoice import Invoice
from models.invoice.ports import READ_RECORD, RecordRequest
from models.invoice.tables import InvoiceRow
from models.values.failure_codes import Failure


@dataclass(frozen=True)
class InvoiceRecord:
    """The activity that reads the recorded state of an invoice."""

    engine: AsyncEngine

    @activity.defn(name=READ_RECORD.name)
    async def read(self, request: RecordRequest) -> Invoice:
        """Return the recorded state. Raises NOT_RECORDED if there is none; it is not retried."""
        invoice = await find_invoice(self.engine, request.invoice_id)
        if invoice is None:
            raise ApplicationError(
                f"There is no invoice {request.invoice_id}.", type=Failure.NOT_RECORDED, non_retryable=True
            )
        return invoice


async def find_invoice(engine: AsyncEngine, name: str) -> Invoice | None:
    """Return the invoice with this number, id or workflow id, or None. Lower case also finds a number."""
    columns = (InvoiceRow.number, InvoiceRow.id, InvoiceRow.workflow_id)
    named = or_(*(col(column).in_({name, name.upper()}) for column in columns))
    async with sessions(engine)() as session:
        state = await session.scalar(select(InvoiceRow.state).where(named).limit(1))  # type: ignore[call-overload]
    return None if state is None else Invoice.model_validate(state)
