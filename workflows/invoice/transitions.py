"""The changes of an invoice by commands and by its own state, with the patches for histories of earlier releases.

A history must replay to the same events and effects under every later release (docs/specification/temporal.md 9).
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.checks.confirmation import due_date_warning
    from models.invoice.commands import Command, Finalize, RecordPayment
    from models.invoice.deadlines.firing import ended_deadlines, ended_notices
    from models.invoice.errors import Refused
    from models.invoice.event_handlers import apply_event, may_close
    from models.invoice.events import Closed, PaymentPostingOwed, RemindersSettled, ReviewSkipped, TimerFired, WaitEnded
    from models.invoice.invoice import Invoice
    from models.invoice.lifecycle import apply
    from models.invoice.payments.duplicates import warnings_of_payment
    from models.invoice.portal.review import may_skip_review
    from models.invoice.postings.payments import payment_to_post
    from models.invoice.preconditions import allowed, is_repeat, reason_unprintable
    from models.invoice.reminders import early_reminders
    from models.invoice.status import Status

# Histories without this patch sent the newest early reminder together with the invoice.
SETTLE_EARLY_REMINDERS = "settle-early-reminders"
# Histories without this patch finalised an invoice whose due date had passed without a question.
ASK_ABOUT_DUE_DATE = "ask-about-due-date"
# Histories without this patch hold documents with letters that no font prints.
REFUSE_UNPRINTABLE = "refuse-letters-without-a-glyph"
# Histories without this patch recorded a payment like a booked one without a question.
CONFIRM_BOOKED = "confirm-payments-like-a-booked-one"
# Histories without this patch refused money for a paid, closed or void invoice.
RECORD_CREDIT = "record-the-credit-of-a-client"

# Histories without this patch sent the message about a wait again when the wait stood again.
REMEMBER_DEADLINES = "remember-deadlines-of-ended-waits"

# Histories without this patch posted no payments to the accounting system.
POST_PAYMENTS = "post-payments"


def apply_command(invoice: Invoice, command: Command) -> Invoice:
    """Return the invoice after the command. Raises InvoiceError."""
    now, asks = workflow.now(), True
    match command:
        case Finalize():
            _check_printable(invoice)
            asks = not due_date_warning(invoice, command, now) or workflow.patched(ASK_ABOUT_DUE_DATE)
        case RecordPayment() if not is_repeat(invoice, command):
            _check_credit(invoice)
            asks = not warnings_of_payment(invoice, command) or workflow.patched(CONFIRM_BOOKED)
    return apply(invoice, command, now, asks=asks)


def timer_fired(invoice: Invoice) -> TimerFired:
    """Return the event of a timer of the invoice."""
    return TimerFired(keeps_ended=not ended_deadlines(invoice) or workflow.patched(REMEMBER_DEADLINES))


def _check_printable(invoice: Invoice) -> None:
    """Raise Refused if the document has letters without a glyph."""
    reason = reason_unprintable(invoice, Finalize.name)
    if reason and workflow.patched(REFUSE_UNPRINTABLE):
        raise Refused(reason, allowed(invoice))


def _check_credit(invoice: Invoice) -> None:
    """Raise Refused for a payment that an earlier release refused because of the status."""
    if invoice.status in (Status.PAID, Status.CLOSED, Status.VOID) and not workflow.patched(RECORD_CREDIT):
        raise Refused(f"The invoice is {invoice.status}; record payment is not possible in this status.")


def apply_automatic_events(invoice: Invoice) -> Invoice:
    """Return the invoice after the events that follow at once from its state, or as it is if there are none."""
    now = workflow.now()
    if early_reminders(invoice) and workflow.patched(SETTLE_EARLY_REMINDERS):
        invoice = apply_event(invoice, RemindersSettled(), now)
    while payment_to_post(invoice) and workflow.patched(POST_PAYMENTS):
        invoice = apply_event(invoice, PaymentPostingOwed(), now)
    # No history without deadlines has such a notice, so this needs no patch.
    if ended_notices(invoice):
        invoice = apply_event(invoice, WaitEnded(), now)
    if may_skip_review(invoice):
        invoice = apply_event(invoice, ReviewSkipped(), now)
    return apply_event(invoice, Closed(), now) if may_close(invoice) else invoice
