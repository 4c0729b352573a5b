"""Postings of payments: each payment becomes an income in PlanFact, which is deleted if the payment is reversed.

Whether payments are posted is a setting of the worker. The receipt of the shipment tells it, so that the workflow
decides by what is recorded, and an installation that posts none has no effects for them (docs/specification/effects.md
4.11).
"""

from datetime import datetime
from typing import Final

from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Invoice, Payment
from models.invoice.revision import enqueue_effect, next_revision, update_effect

# A detail of the receipt of a shipment.
BOOKS_PAYMENTS: Final = "books_payments"
YES: Final = "yes"
REVERSED: Final = "the payment was reversed"


def payment_to_post(invoice: Invoice) -> Payment | None:
    """Return the first payment that has to be posted, or whose posting has to be reversed; None if there is none."""
    return next((payment for payment in invoice.payments if _is_owed(invoice, payment)), None)


def post_next_payment(invoice: Invoice, now: datetime) -> Invoice:
    """Return the invoice with the posting of one payment, or its reversal, enqueued.

    Each is a revision of its own, because the revision makes the key of an effect unique.
    """
    payment = payment_to_post(invoice)
    assert payment is not None, "no payment has to be posted"
    posted = _effect_of(invoice, EffectName.PAYMENT_POSTING, payment)
    if posted is not None:
        return _reverse(invoice, payment, posted, now)
    shipment = invoice.latest_effect(EffectName.ACCOUNTING)
    assert shipment is not None, "its receipt asks for the posting"
    posting = enqueue_effect(
        invoice,
        now,
        EffectName.PAYMENT_POSTING,
        payment_id=payment.payment_id,
        paid_on=str(payment.paid_on),
        amount=str(payment.amount),
        reference=payment.reference,
        deal_id=shipment.receipt.get("deal_id", ""),
    )
    details = {"payment_id": payment.payment_id, "effect": posting.key}
    return next_revision(invoice, now, "post_payment", details=details, effects=(*invoice.effects, posting))


def _is_owed(invoice: Invoice, payment: Payment) -> bool:
    is_posted = _effect_of(invoice, EffectName.PAYMENT_POSTING, payment) is not None
    if payment.reversed:
        return is_posted and _effect_of(invoice, EffectName.PAYMENT_REVERSAL, payment) is None
    shipment = invoice.latest_effect(EffectName.ACCOUNTING)
    return not is_posted and shipment is not None and shipment.receipt.get(BOOKS_PAYMENTS) == YES


def _reverse(invoice: Invoice, payment: Payment, posted: Effect, now: datetime) -> Invoice:
    """Return the invoice with the reversal enqueued; a posting that is not complete is cancelled.

    The reversal looks for its income at PlanFact, because an attempt may have created it.
    """
    effects = invoice.effects
    if posted.is_unfinished:
        effects = update_effect(effects, posted.key, state=EffectState.SKIPPED, error=REVERSED)
    reversal = enqueue_effect(
        invoice,
        now,
        EffectName.PAYMENT_REVERSAL,
        payment_id=payment.payment_id,
        reverses=posted.key,
        vendor_id=posted.vendor_id or "",
    )
    details = {"payment_id": payment.payment_id, "effect": reversal.key}
    return next_revision(invoice, now, "reverse_payment_posting", details=details, effects=(*effects, reversal))


def _effect_of(invoice: Invoice, name: EffectName, payment: Payment) -> Effect | None:
    """Return the effect of this payment; None if there is none."""
    effects = (effect for effect in invoice.effects if effect.name is name)
    return next((effect for effect in effects if effect.argument["payment_id"] == payment.payment_id), None)
