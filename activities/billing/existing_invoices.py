"""Which contracts have an invoice for a period already: one question to PostgreSQL for as many as a run has."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Text, any_, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity

from models.billing.billing_run import Invoiced, InvoicedContracts, InvoicedQuery
from models.billing.ports import INVOICED
from models.invoice.status import WITHDRAWN, Kind, Status
from models.invoice.tables import InvoiceRow


@dataclass(frozen=True)
class ExistingInvoices:
    engine: AsyncEngine

    @activity.defn(name=INVOICED.name)
    async def invoiced(self, query: InvoicedQuery) -> InvoicedContracts:
        """Of each contract the standing invoice or, where there is none, the newest of those withdrawn."""
        key = col(InvoiceRow.application_key)
        of_period = (
            select(key, col(InvoiceRow.id), col(InvoiceRow.workflow_id), col(InvoiceRow.number), col(InvoiceRow.status))
            .where(
                col(InvoiceRow.kind) == Kind.SERVICE.value,
                key == any_(literal(list(query.application_keys), ARRAY(Text))),
                col(InvoiceRow.period_start) == query.period.start,
                col(InvoiceRow.period_end) == query.period.end,
            )
            .order_by(key, col(InvoiceRow.created_at))
        )
        async with self.engine.connect() as connection:
            found = [_invoiced(row) for row in await connection.execute(of_period)]
        standing = {each.application_key: each for each in found if each.status not in WITHDRAWN}
        withdrawn = {each.application_key: each for each in found if each.application_key not in standing}
        return InvoicedContracts(standing=tuple(standing.values()), withdrawn=tuple(withdrawn.values()))


def _invoiced(row: Any) -> Invoiced:
    return Invoiced(
        application_key=row.application_key,
        invoice_id=row.id,
        workflow_id=row.workflow_id,
        number=row.number,
        status=Status(row.status),
    )
