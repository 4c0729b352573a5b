"""The changes of an invoice by commands and by its own state, with the patches for histories of earlier releases.

A history must replay to the same events and effects under every later release (docs/specification/temporal.md 9).
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.checks.confirmation import due_date_warning
    from models.invoice.commands import Command, Finalize
    from models.invoice.errors import Refused
    from models.invoice.event_handlers import apply_event, may_close
    from models.invoice.events import Closed, RemindersSettled
    from models.invoice.invoice import Invoice
    from models.invoice.lifecycle import apply
    from models.invoice.preconditions import allowed, reason_unprintable
    from models.invoice.reminders import early_reminders

# Histories without this patch sent the newest early reminder together with the invoice.
SETTLE_EARLY_REMINDERS = "settle-early-reminders"
# Histories without this patch finalised an invoice whose due date had passed without a question.
ASK_ABOUT_DUE_DATE = "ask-about-due-date"
# Histories without this patch hold documents with letters that no font prints.
REFUSE_UNPRINTABLE = "refuse-letters-without-a-glyph"


def apply_command(invoice: Invoice, command: Command) -> Invoice:
    """Return the invoice after the command. Raises InvoiceError."""
    now = workflow.now()
    if isinstance(command, Finalize):
        _check_printable(invoice)
    in_question = isinstance(command, Finalize) and due_date_warning(invoice, command, now) is not None
    return apply(invoice, command, now, asks=not in_question or workflow.patched(ASK_ABOUT_DUE_DATE))


def _check_printable(invoice: Invoice) -> None:
    """Raise Refused if the document has letters without a glyph."""
    reason = reason_unprintable(invoice, Finalize.name)
    if reason and workflow.patched(REFUSE_UNPRINTABLE):
        raise Refused(reason, allowed(invoice))


def apply_automatic_events(invoice: Invoice) -> Invoice:
    """Return the invoice after the events that follow at once from its state, or as it is if there are none."""
    now = workflow.now()
    if early_reminders(invoice) and workflow.patched(SETTLE_EARLY_REMINDERS):
        invoice = apply_event(invoice, RemindersSettled(), now)
    return apply_event(invoice, Closed(), now) if may_close(invoice) else invoice
