"""Reversing a payment that was recorded wrongly (docs/specification/lifecycle.md 8.1)."""

from datetime import datetime
from decimal import Decimal

from models.invoice.commands import ReversePayment
from models.invoice.effects import WATCHES, Effect, EffectState
from models.invoice.invoice import ActionStamp, Invoice, Payment
from models.invoice.payments.allocation import allocate
from models.invoice.payments.recording import PAID, accepted_by_payment
from models.invoice.payments.write_offs import WRITTEN_OFF
from models.invoice.portal.orders import payment_taken_back
from models.invoice.reminders import replace_reminder, restore_reminder
from models.invoice.revision import InvoiceChanges, enqueue_effect, next_revision
from models.invoice.status import Kind, Status
from models.values.money import ZERO, total


def reverse_payment(invoice: Invoice, command: ReversePayment, now: datetime) -> Invoice:
    """Return the invoice without the payment. If it is no longer covered, it awaits money again.

    The surplus of other payments covers what the reversed one had covered. The timers of the due date start again by
    themselves, because they depend on the status.
    """
    stamp = ActionStamp(by=command.by, at=now, reason=command.reason)
    payable, write_offs = invoice.payable, invoice.write_offs
    payments = allocate(_reversed(invoice.payments, command.payment_id, stamp), payable)
    if _balance(payable, payments) > ZERO:
        # What was written off was the rest beside this payment, so it is claimed again.
        write_offs = tuple(each.model_copy(update={"reversed": each.reversed or stamp}) for each in write_offs)
        payable = invoice.total
        payments = allocate(payments, payable)
    [payment] = [each for each in payments if each.payment_id == command.payment_id]
    balance = _balance(payable, payments)
    updates = InvoiceChanges(payments=payments, write_offs=write_offs)
    if balance > ZERO:
        updates.update(_reopened(invoice, payments, balance, now))
    details = {
        "payment_id": payment.payment_id,
        "paid_on": str(payment.paid_on),
        "amount": str(payment.amount),
        "reference": payment.reference,
        "balance": str(balance),
    }
    return next_revision(
        invoice, now, "reverse_payment", by=command.by, reason=command.reason, details=details, **updates
    )


def _reversed(payments: tuple[Payment, ...], payment_id: str, stamp: ActionStamp) -> tuple[Payment, ...]:
    return tuple(
        payment.model_copy(update={"reversed": stamp}) if payment.payment_id == payment_id else payment
        for payment in payments
    )


def _balance(payable: Decimal, payments: tuple[Payment, ...]) -> Decimal:
    return payable - total(each.amount - each.surplus for each in payments if each.reversed is None)


def _reopened(invoice: Invoice, payments: tuple[Payment, ...], balance: Decimal, now: datetime) -> InvoiceChanges:
    """Return the changes of an invoice that is not covered any more: its status before, and what waits for money.

    An acceptance that only followed from a payment ends with the last payment: the client's answer is awaited again.
    """
    changes = InvoiceChanges(status=_status_before(invoice, payments), closed_at=None)
    effects = replace_reminder(invoice, balance, now, "a payment was reversed")
    restored = restore_reminder(invoice, balance, now, {PAID, WRITTEN_OFF})
    if changes["status"] is Status.SENT:
        changes["accepted"] = None
        restored += _restored_watches(invoice, now)
    changes["effects"] = (*effects, *restored, *payment_taken_back(invoice, now))
    return changes


def _status_before(invoice: Invoice, payments: tuple[Payment, ...]) -> Status:
    if invoice.kind is Kind.PARTNER:
        return Status.AWAITING_PAYMENT
    is_paid_in_part = any(payment.reversed is None for payment in payments)
    if invoice.accepted is None or (accepted_by_payment(invoice.accepted) and not is_paid_in_part):
        return Status.SENT
    return Status.ACCEPTED


def _restored_watches(invoice: Invoice, now: datetime) -> list[Effect]:
    """Return the watches again that a payment or a write-off had cancelled."""
    return [
        enqueue_effect(invoice, now, effect.name, **effect.argument)
        for effect in invoice.effects
        if effect.name in WATCHES
        and effect is invoice.latest_effect(effect.name)
        and effect.state is EffectState.SKIPPED
        and effect.error in (PAID, WRITTEN_OFF)
    ]
