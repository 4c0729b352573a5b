"""The events that follow at once from an invoice's state: early reminders are settled, a paid invoice is closed."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.event_handlers import apply_event, may_close
    from models.invoice.events import Closed, RemindersSettled
    from models.invoice.invoice import Invoice
    from models.invoice.reminders import early_reminders

# Histories without this patch sent the newest early reminder together with the invoice.
SETTLE_EARLY_REMINDERS = "settle-early-reminders"


def apply_automatic_events(invoice: Invoice) -> Invoice:
    """Return the invoice after these events, or as it is if there are none."""
    now = workflow.now()
    if early_reminders(invoice) and workflow.patched(SETTLE_EARLY_REMINDERS):
        invoice = apply_event(invoice, RemindersSettled(), now)
    return apply_event(invoice, Closed(), now) if may_close(invoice) else invoice
