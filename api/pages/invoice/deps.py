"""Dependencies of the pages of one invoice: the invoice that the path names, for a person who is signed in."""

from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

from api.errors import NotFound
from api.invoice.deps import InvoicesDep
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from models.invoice.content.basis import PartnerBasis
from models.invoice.invoice import Invoice


async def page_invoice(invoice_id: str, repository: InvoicesDep, _: PageActorDep) -> Invoice:
    found = await repository.find(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


PageInvoiceDep = Annotated[Invoice, Depends(page_invoice)]


async def invoice_desk(desk: DeskDep, invoice: PageInvoiceDep) -> Desk:
    """Return the desk in the zone of the invoice: that of the partner for an invoice of its orders."""
    if not isinstance(invoice.content.basis, PartnerBasis):
        return desk
    return replace(desk, formats=replace(desk.formats, zone=ZoneInfo(invoice.content.issuer.zone)))


InvoiceDeskDep = Annotated[Desk, Depends(invoice_desk)]
