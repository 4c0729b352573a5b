"""Dependencies of the pages of one invoice: the invoice that the path names, for a person who is signed in."""

from typing import Annotated

from fastapi import Depends

from api.errors import NotFound
from api.invoice.deps import InvoicesDep
from api.pages.sessions import PageActorDep
from models.invoice.invoice import Invoice


async def page_invoice(invoice_id: str, repository: InvoicesDep, _: PageActorDep) -> Invoice:
    found = await repository.find(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


PageInvoiceDep = Annotated[Invoice, Depends(page_invoice)]
