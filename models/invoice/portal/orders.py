"""What an invoice tells its orders: that they are invoiced, submitted, paid, or ready again.

See docs/specification/partner.md 5.2. An invoice that is not made from orders has none of these effects.
"""

from datetime import date, datetime

from models.invoice.content.basis import PartnerBasis
from models.invoice.effects import Effect, EffectName
from models.invoice.invoice import Invoice
from models.invoice.revision import cancel_effects, enqueue_effect
from models.invoice.status import Status

TOLD = frozenset({EffectName.ORDERS_INVOICED, EffectName.ORDERS_SUBMITTED, EffectName.ORDERS_COMPLETED})


def orders_told(invoice: Invoice, now: datetime, name: EffectName, **argument: str) -> tuple[Effect, ...]:
    """Return the effect that tells the orders; empty for an invoice without orders."""
    if not isinstance(invoice.content.basis, PartnerBasis):
        return ()
    return (enqueue_effect(invoice, now, name, **argument),)


def orders_returned(invoice: Invoice, effects: tuple[Effect, ...], now: datetime, reason: str) -> tuple[Effect, ...]:
    """Return the effects of an invoice that ends without payment: its orders become ready for another invoice.

    What has not been told yet is cancelled.
    """
    returned = orders_told(invoice, now, EffectName.ORDERS_RETURNED, reason=reason)
    return (*cancel_effects(effects, TOLD, reason), *returned) if returned else effects


def payment_told(invoice: Invoice, now: datetime, paid_on: date) -> tuple[Effect, ...]:
    """Return the effects of an invoice of orders that is paid: they are complete, and its revenue is recognised.

    The revenue is the total without the tax (docs/specification/partner.md 11).
    """
    totals = invoice.content.totals
    revenue = {
        "partner": invoice.content.subject_key,
        "currency": invoice.content.currency.value,
        "amount": str(totals.total_amount - totals.tax_amount),
        "recognised_on": str(paid_on),
    }
    return (
        *orders_told(invoice, now, EffectName.ORDERS_COMPLETED),
        *orders_told(invoice, now, EffectName.REVENUE, **revenue),
    )


def payment_taken_back(invoice: Invoice, now: datetime) -> tuple[Effect, ...]:
    """Return the effects of an invoice of orders that was paid and is no longer: no revenue, its orders are submitted.

    They come after those of the payment in their channel, so that the orders end as they were before it.
    """
    if invoice.status not in (Status.PAID, Status.CLOSED):
        return ()
    return (
        *orders_told(invoice, now, EffectName.ORDERS_SUBMITTED),
        *orders_told(invoice, now, EffectName.REVENUE_REVERSAL),
    )
