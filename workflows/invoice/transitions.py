"""The changes of an invoice by commands and by its own state, with the patches for histories of earlier releases.

A history must replay to the same events and effects under every later release (docs/specification/temporal.md 9).
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import Command, Finalize
    from models.invoice.confirmation import due_date_warning
    from models.invoice.event_handlers import apply_event, may_close
    from models.invoice.events import Closed, RemindersSettled
    from models.invoice.invoice import Invoice
    from models.invoice.lifecycle import apply
    from models.invoice.reminders import early_reminders

# Histories without this patch sent the newest early reminder together with the invoice.
SETTLE_EARLY_REMINDERS = "settle-early-reminders"
# Histories without this patch finalised an invoice whose due date had passed without a question.
ASK_ABOUT_DUE_DATE = "ask-about-due-date"


def apply_command(invoice: Invoice, command: Command) -> Invoice:
    """Return the invoice after the command. Raises InvoiceError."""
    now = workflow.now()
    in_question = isinstance(command, Finalize) and due_date_warning(invoice, command, now) is not None
    return apply(invoice, command, now, asks=not in_question or workflow.patched(ASK_ABOUT_DUE_DATE))


def apply_automatic_events(invoice: Invoice) -> Invoice:
    """Return the invoice after the events that follow at once from its state, or as it is if there are none."""
    now = workflow.now()
    if early_reminders(invoice) and workflow.patched(SETTLE_EARLY_REMINDERS):
        invoice = apply_event(invoice, RemindersSettled(), now)
    return apply_event(invoice, Closed(), now) if may_close(invoice) else invoice
