"""Recording a payment (docs/specification/lifecycle.md 8)."""

from datetime import datetime

from models.invoice.checks.confirmation import confirmed
from models.invoice.commands import RecordPayment
from models.invoice.effects import WATCHES, EffectName
from models.invoice.invoice import ActionStamp, Invoice, Payment
from models.invoice.payments.duplicates import warnings_of_payment
from models.invoice.portal.orders import payment_told
from models.invoice.reminders import replace_reminder
from models.invoice.revision import CLIENT, InvoiceChanges, cancel_effects, next_revision
from models.invoice.status import Status
from models.values.money import ZERO

PAID = "paid"  # why an effect was cancelled, or the invoice accepted


def record_payment(invoice: Invoice, command: RecordPayment, now: datetime) -> Invoice:
    """Return the invoice with the payment; it is paid when the balance is zero.

    Part payments add up. The part of a payment above the balance is its surplus, which is the client's credit; of a
    paid, closed or void invoice that is the whole payment. A payment for an invoice that was sent and not yet accepted
    also counts as the client's acceptance.
    """
    if invoice.status is Status.SENT:
        invoice = _accept_by_payment(invoice, command, now)
    surplus = max(command.amount - invoice.balance, ZERO)
    payment = Payment(
        payment_id=command.payment_id,
        paid_on=command.paid_on,
        amount=command.amount,
        reference=command.reference,
        surplus=surplus,
        bank_slip=command.bank_slip,
    )
    balance = invoice.balance - (command.amount - surplus)
    updates = InvoiceChanges(payments=(*invoice.payments, payment))
    if invoice.awaits_money and balance == ZERO:
        updates["status"] = Status.PAID
        updates["overdue"] = False
        cancelled = cancel_effects(invoice.effects, {EffectName.REMINDER}, PAID)
        updates["effects"] = (*cancelled, *payment_told(invoice, now, command.paid_on))
    elif invoice.awaits_money:
        updates["effects"] = replace_reminder(invoice, balance, now, "paid in part")
    details = {
        "payment_id": payment.payment_id,
        "paid_on": str(payment.paid_on),
        "amount": str(payment.amount),
        "reference": payment.reference,
        "surplus": str(surplus),
        "balance": str(balance),
        **confirmed(warnings_of_payment(invoice, command), command.confirmed_warnings),
    }
    return next_revision(invoice, now, "record_payment", by=command.by, details=details, **updates)


def _accept_by_payment(invoice: Invoice, command: RecordPayment, now: datetime) -> Invoice:
    return next_revision(
        invoice,
        now,
        "accept",
        by=command.by,
        reason=PAID,
        status=Status.ACCEPTED,
        accepted=ActionStamp(by=command.by, at=now, reason=PAID),
        effects=cancel_effects(invoice.effects, WATCHES, PAID),
    )


def accepted_by_payment(accepted: ActionStamp) -> bool:
    """Return whether the invoice counts as accepted only because it was paid. A client's comment may have that word."""
    return accepted.reason == PAID and accepted.by != CLIENT
