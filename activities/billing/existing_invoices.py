"""The invoices that the contracts of a billing run already have for its period, read with one query."""

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
    """The activity by which a billing run finds the contracts that need no new draft."""

    engine: AsyncEngine

    @activity.defn(name=INVOICED.name)
    async def invoiced(self, query: InvoicedQuery) -> InvoicedContracts:
        """Return for each contract its invoice in force or, if it has none, its newest withdrawn invoice."""
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
