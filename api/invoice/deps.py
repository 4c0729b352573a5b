"""Dependencies of the routes of one invoice: the repository, and the invoice that the path names."""

from typing import Annotated

from fastapi import Depends

from api.access.deps import ActorDep
from api.deps import StateDep
from api.errors import NotFound
from api.invoice.repository import InvoiceRef, InvoiceRepository
from models.invoice.invoice import Invoice


async def repository(state: StateDep) -> InvoiceRepository:
    return InvoiceRepository(state.engines.queries)


InvoicesDep = Annotated[InvoiceRepository, Depends(repository)]


async def invoice(invoice_id: str, invoices: InvoicesDep, _: ActorDep) -> Invoice:
    """Return the invoice, or raise NotFound. The caller must be logged in, or anyone could probe for ids."""
    found = await invoices.find(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


InvoiceDep = Annotated[Invoice, Depends(invoice)]


async def invoice_ref(invoice_id: str, invoices: InvoicesDep, _: ActorDep) -> InvoiceRef:
    """Return the ids of the invoice, or raise NotFound. Commands do not need its state, which may be megabytes."""
    found = await invoices.find_ref(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


InvoiceRefDep = Annotated[InvoiceRef, Depends(invoice_ref)]
