"""What an invoice of orders would say if it were drafted now, and why other orders cannot be on it.

See docs/specification/orders.md 5 and docs/specification/partner.md 6.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from models.accounting.job_amounts import job_amounts
from models.billing.partner_draft import OrderObstacle, obstacles_to_invoice, partner_draft
from models.invoice.content.basis import OrderSource
from models.invoice.content.content import Content
from models.invoice.errors import DraftRefused
from models.partners.job_amounts import JobAmounts
from models.partners.orders.order import Order
from models.partners.readiness import ObstacleCode
from models.partners.terms import PartnerTerms
from models.values.base_models import Frozen

UNKNOWN = "order_unknown"
NO_TERMS = "no_terms"


class OrderReadiness(Frozen):
    """Whether one order can be invoiced now: its amounts, or everything that keeps it back."""

    order_key: str
    amounts: JobAmounts | None = None
    rate_id: str | None = None
    obstacles: tuple[OrderObstacle, ...] = ()

    @property
    def is_ready(self) -> bool:
        return not self.obstacles


class DraftPreview(Frozen):
    """What an invoice of some orders would say. `content` is None if none is ready or `refusal` says why not."""

    orders: tuple[OrderReadiness, ...]
    content: Content | None = None
    refusal: str | None = None

    @property
    def is_possible(self) -> bool:
        """Return whether all of the orders can be on one invoice."""
        return self.content is not None and all(each.is_ready for each in self.orders)


def readiness(terms: PartnerTerms, order: Order, on: date) -> OrderReadiness:
    """Return whether the order can be invoiced, with the amounts that its lines would have."""
    if found := obstacles_to_invoice(terms, order):
        return OrderReadiness(order_key=order.order_key, obstacles=tuple(found))
    lines = partner_draft(terms, [order], on, "").lines
    source = lines[0].source
    assert isinstance(source, OrderSource)
    return OrderReadiness(
        order_key=order.order_key, amounts=job_amounts(lines)[order.order_key], rate_id=source.rate_id
    )


def without_terms(order: Order, reason: str) -> OrderReadiness:
    """Return that the order cannot be invoiced, because the settings of its partner or of the issuer are missing."""
    obstacle = OrderObstacle(order_key=order.order_key, code=NO_TERMS, message=reason)
    return OrderReadiness(order_key=order.order_key, obstacles=(obstacle,))


def draft_preview(
    terms: PartnerTerms, wanted: Sequence[str], found: Mapping[str, Order], on: date, prepared_by: str
) -> DraftPreview:
    """Return the draft of those of the wanted orders that are ready, and the reasons of the others."""
    orders = tuple(_readiness(terms, key, found.get(key), on) for key in wanted)
    ready = [found[each.order_key] for each in orders if each.is_ready]
    if not ready:
        return DraftPreview(orders=orders)
    try:
        return DraftPreview(orders=orders, content=partner_draft(terms, ready, on, prepared_by))
    except DraftRefused as refused:
        return DraftPreview(orders=orders, refusal=str(refused))


def _readiness(terms: PartnerTerms, key: str, order: Order | None, on: date) -> OrderReadiness:
    if order is None:
        obstacle = OrderObstacle(order_key=key, code=UNKNOWN, message=f"There is no order {key}.")
        return OrderReadiness(order_key=key, obstacles=(obstacle,))
    partner = terms.partner.key
    if order.partner_key != partner:
        message = f"The order belongs to the partner {order.partner_key}, not to {partner}."
        obstacle = OrderObstacle(order_key=key, code=ObstacleCode.OTHER_PARTNER, message=message)
        return OrderReadiness(order_key=key, obstacles=(obstacle,))
    return readiness(terms, order, on)
