"""What a page says after a command about money: the event that the invoice has recorded for it."""

from dataclasses import dataclass

from api.invoice.repository import InvoiceRepository
from models.audit.hash_chain import Event
from models.invoice.invoice import Invoice
from models.invoice.status import CommandName

OF_MONEY = frozenset({CommandName.RECORD_PAYMENT, CommandName.REVERSE_PAYMENT, CommandName.WRITE_OFF})


@dataclass(frozen=True)
class MoneyEvent:
    invoice: Invoice
    event: Event


async def money_event(invoices: InvoiceRepository, invoice_id: str) -> MoneyEvent | None:
    """Return the newest event about money of the invoice; None if there is no such invoice or event."""
    invoice = await invoices.find(invoice_id) if invoice_id and invoice_id.isprintable() else None
    if invoice is None:
        return None
    events = [each for each in await invoices.events(invoice.id) if each.action in set(OF_MONEY)]
    return MoneyEvent(invoice, events[-1]) if events else None
