"""Payments that look like one that is booked already (docs/specification/lifecycle.md 8.2).

The payment id recognises a payment that is sent twice. A person who types a payment again, or a second bank file, gives
it another id.
"""

from models.invoice.checks.confirmation import WarningCode, WarningToConfirm, check_confirmed
from models.invoice.commands import RecordPayment
from models.invoice.invoice import Invoice, Payment


def warnings_of_payment(invoice: Invoice, command: RecordPayment) -> tuple[WarningToConfirm, ...]:
    """Return a warning for each payment that stands and looks like the new one."""
    found = ((payment, _likeness(payment, command)) for payment in invoice.standing_payments)
    return tuple(
        WarningToConfirm(code=WarningCode.PAYMENT_BOOKED, message=_message(payment, likeness))
        for payment, likeness in found
        if likeness
    )


def check_not_booked(invoice: Invoice, command: RecordPayment, allowed: tuple[str, ...]) -> None:
    """Raise NeedsConfirmation if the payment looks like one that is booked and the command does not confirm it."""
    warnings = warnings_of_payment(invoice, command)
    check_confirmed(warnings, command.confirmed_warnings, "record the payment", allowed)


def _likeness(payment: Payment, command: RecordPayment) -> str | None:
    """Return what the two payments have in common, if they may be one payment.

    The reference alone says little, because part payments often name the same invoice.
    """
    if payment.amount != command.amount:
        return None
    if payment.paid_on == command.paid_on:
        return "the same amount and day"
    return "the same amount and reference" if _bare(payment.reference) == _bare(command.reference) else None


def _bare(reference: str) -> str:
    """Return the reference without blanks and case, which differ between what is typed and what a bank sends."""
    return "".join(reference.split()).casefold()


def _message(payment: Payment, likeness: str) -> str:
    return (
        f"Payment {payment.payment_id} of {payment.amount} on {payment.paid_on} with the reference "
        f"{payment.reference} is booked already; it has {likeness}."
    )
