"""The rules that a release added to a command which older histories hold.

A handler that today refused what it once accepted would change the order of commands in a replay. Each rule has a patch
id for that reason (docs/specification/temporal.md 9). The validators use the rules without one: a refused update leaves
no event.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from models.invoice.commands import Command, Finalize, RecordPayment
    from models.invoice.errors import NeedsConfirmation, Refused
    from models.invoice.invoice import Invoice
    from models.invoice.payments.duplicates import check_not_booked
    from models.invoice.preconditions import allowed, is_repeat, reason_unprintable


def check_newer_rules(invoice: Invoice, command: Command) -> None:
    """Raise Refused if one of the rules refuses the command, unless the history was recorded before the rule."""
    match command:
        case Finalize():
            reason = reason_unprintable(invoice, command.name)
            if reason and workflow.patched("refuse-letters-without-a-glyph"):
                raise Refused(reason, allowed(invoice))
        case RecordPayment() if command.name in allowed(invoice) and not is_repeat(invoice, command):
            _check_credit(invoice)
            _check_confirmed(invoice, command)


def _check_credit(invoice: Invoice) -> None:
    """Raise Refused in a history in which money for a paid or void invoice was refused."""
    if not invoice.awaits_money and not workflow.patched("record-the-credit-of-a-client"):
        raise Refused(f"The invoice is {invoice.status}; record payment is not possible in this status.")


def _check_confirmed(invoice: Invoice, command: RecordPayment) -> None:
    try:
        check_not_booked(invoice, command, allowed(invoice))
    except NeedsConfirmation:
        if workflow.patched("confirm-payments-like-a-booked-one"):
            raise
