"""The checks of the commands about payments (docs/specification/lifecycle.md 8)."""

from datetime import datetime

from models.invoice.commands import RecordPayment, ReversePayment
from models.invoice.content.basis import PartnerBasis
from models.invoice.errors import InvalidChange, PaymentMismatch, Refused
from models.invoice.invoice import ActionStamp, Invoice, Payment
from models.values.money import surplus_decimals
from models.values.period import YEARS, is_ahead


def check_payment(invoice: Invoice, command: RecordPayment, now: datetime) -> None:
    """Raise InvalidChange if the bank slip of a partner is missing, or the amount or the day is impossible."""
    if isinstance(invoice.content.basis, PartnerBasis) and not command.bank_slip:
        raise InvalidChange("bank_slip: a partner's payment needs the bank slip; attach it, and give the id it gets.")
    if reason := surplus_decimals(command.amount, invoice.content.currency):
        raise InvalidChange(f"amount: {reason}.")
    if command.paid_on.year not in YEARS:
        raise InvalidChange(f"paid_on: {command.paid_on} is outside the years {YEARS[0]} to {YEARS[-1]}.")
    if is_ahead(command.paid_on, now, invoice.content.issuer.zone):
        raise InvalidChange(f"paid_on: {command.paid_on} is in the future.")


def check_reversal(invoice: Invoice, command: ReversePayment, allowed: tuple[str, ...]) -> None:
    """Raise InvalidChange if the payment is unknown, and Refused if it was reversed before."""
    payment = _recorded(invoice, command.payment_id)
    if payment is None:
        known = ", ".join(each.payment_id for each in invoice.standing_payments)
        raise InvalidChange(f"payment_id: no payment of this invoice has this id; the recorded ones are {known}.")
    if payment.reversed:
        raise Refused(f"Payment {payment.payment_id} is {_reversal(payment.reversed)}.", allowed)


def is_recorded(invoice: Invoice, command: RecordPayment, allowed: tuple[str, ...]) -> bool:
    """Return whether a payment with this id is recorded.

    Raises PaymentMismatch if its amount or day differs, or if it was reversed: a file of the bank that is read again
    must not book it again.
    """
    recorded = _recorded(invoice, command.payment_id)
    if recorded is None:
        return False
    if (recorded.amount, recorded.paid_on) != (command.amount, command.paid_on):
        raise PaymentMismatch(
            f"payment_id: payment {recorded.payment_id} is recorded with {recorded.amount} on {recorded.paid_on}, "
            f"not with {command.amount} on {command.paid_on}; give another payment its own id.",
            allowed,
        )
    if recorded.reversed:
        raise PaymentMismatch(
            f"payment_id: payment {recorded.payment_id} is {_reversal(recorded.reversed)}. To record it again, give it "
            "another id.",
            allowed,
        )
    return True


def _recorded(invoice: Invoice, payment_id: str) -> Payment | None:
    return next((payment for payment in invoice.payments if payment.payment_id == payment_id), None)


def _reversal(stamp: ActionStamp) -> str:
    return f"reversed since {stamp.at:%Y-%m-%d %H:%M %Z} by {stamp.by}: {stamp.reason}"
