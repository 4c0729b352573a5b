"""Which orders a list shows, and the position at which its next page begins."""

from datetime import datetime

from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.values.base_models import Frozen


class OrderSelection(Frozen):
    """Filters; an order must match all of them. `completed_before` is exclusive."""

    status: tuple[OrderStatus, ...] = ()
    partner_key: str | None = None
    order_type: OrderType | None = None
    service_id: str | None = None
    invoice_id: str | None = None
    has_invoice: bool | None = None
    is_blocked: bool | None = None
    completed_from: datetime | None = None
    completed_before: datetime | None = None


class OrderPosition(Frozen):
    """The position after an order, in the order newest first."""

    created_at: datetime
    order_key: str

    @classmethod
    def of(cls, order: Order) -> "OrderPosition":
        return cls(created_at=order.created_at, order_key=order.order_key)
