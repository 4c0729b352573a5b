"""The invoice of a contract and period: the one in force, or else the newest withdrawn one."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.existing_invoices import ExistingInvoices
from activities.invoice.projection import InvoiceProjection
from models.billing.billing_run import InvoicedContracts, InvoicedQuery
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.period import Period
from tests.fixtures.invoices import FEBRUARY, contract, drafted, new_invoice, workdays


def invoice(key: str, nth: int, status: Status, period: Period = FEBRUARY) -> Invoice:
    made = new_invoice(drafted(contract(workdays(8), application_key=key), period=period))
    name = f"{key}.{period.label}.{nth}"
    created = made.created.model_copy(update={"at": made.created.at + timedelta(hours=nth)})
    return made.model_copy(
        update={"id": name, "workflow_id": name, "status": status, "journal": (), "created": created}
    )


async def test_the_invoice_in_force_or_the_newest_withdrawn_one(engine: AsyncEngine) -> None:
    prefix = uuid4().hex[:8]
    again, gone, elsewhere, none = (f"{prefix}-{name}" for name in ("again", "gone", "elsewhere", "none"))
    for each in (
        invoice(again, 1, Status.VOID),
        invoice(again, 2, Status.DRAFT),
        invoice(again, 3, Status.SENT, Period.month(2026, 1)),
        invoice(gone, 1, Status.VOID),
        invoice(gone, 2, Status.DISCARDED),
        invoice(elsewhere, 1, Status.DRAFT, Period.month(2026, 1)),
    ):
        await InvoiceProjection(engine).project(each)
    query = InvoicedQuery(period=FEBRUARY, application_keys=(again, gone, elsewhere, none))
    found = await ExistingInvoices(engine).invoiced(query)
    assert [(each.application_key, each.status, each.workflow_id) for each in found.standing] == [
        (again, Status.DRAFT, f"{again}.2026-02.2")
    ]
    assert [(each.application_key, each.status) for each in found.withdrawn] == [(gone, Status.DISCARDED)]
    nothing = InvoicedQuery(period=FEBRUARY, application_keys=())
    assert await ExistingInvoices(engine).invoiced(nothing) == InvoicedContracts()
