"""Which orders a list shows, in which order, and the position at which its next page begins."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.orders.status import FIELD, TERMINAL, OrderStatus
from models.values.base_models import Frozen


class OrderSelection(Frozen):
    """Filters; an order must match all of them. `completed_before` is exclusive."""

    q: str | None = None
    status: tuple[OrderStatus, ...] = ()
    partner_key: str | None = None
    order_type: OrderType | None = None
    service_id: str | None = None
    invoice_id: str | None = None
    has_invoice: bool | None = None
    is_blocked: bool | None = None
    completed_from: datetime | None = None
    completed_before: datetime | None = None

    def place_of(self, order: Order, sort: "OrderSort") -> "OrderPosition":
        """Return the place of the order in the list.

        An order whose status has left the list keeps a place by its day, in the first stretch that the list has, so
        that one can go on from there.
        """
        if not self.status or order.status in self.status:
            return OrderPosition.of(order, sort)
        stretch = next(n for n, statuses in enumerate(STRETCHES[sort]) if set(statuses) & set(self.status))
        return OrderPosition(stretch=stretch, created_at=order.created_at, order_key=order.order_key)


class OrderSort(StrEnum):
    """The order of a list: by the day of the order, or what can be invoiced before everything else."""

    NEWEST = "newest"
    READY_FIRST = "ready_first"


STRETCHES: Mapping[OrderSort, tuple[tuple[OrderStatus, ...], ...]] = MappingProxyType(
    {
        OrderSort.NEWEST: (tuple(OrderStatus),),
        OrderSort.READY_FIRST: (
            (OrderStatus.READY_FOR_INVOICE,),
            (OrderStatus.DOCKETS_UPLOADED,),
            tuple(s for s in OrderStatus if s not in (OrderStatus.READY_FOR_INVOICE, OrderStatus.DOCKETS_UPLOADED)),
        ),
    }
)
"""The statuses of each stretch of a list. Within a stretch the newest order comes first."""


class OrderPosition(Frozen):
    """The position after an order: the stretch that it is in, and the order itself."""

    stretch: int = 0
    created_at: datetime
    order_key: str

    @classmethod
    def of(cls, order: Order, sort: OrderSort = OrderSort.NEWEST) -> "OrderPosition":
        stretch = next(n for n, statuses in enumerate(STRETCHES[sort]) if order.status in statuses)
        return cls(stretch=stretch, created_at=order.created_at, order_key=order.order_key)


class OrderTab(StrEnum):
    """The selections of orders that people open most."""

    ALL = "all"
    TO_INVOICE = "to_invoice"
    IN_THE_FIELD = "in_the_field"
    DOCKETS = "dockets"
    TO_CORRECT = "to_correct"
    BLOCKED = "blocked"
    INVOICED = "invoiced"
    COMPLETED = "completed"


VIEWS: Mapping[OrderTab, OrderSelection] = MappingProxyType(
    {
        OrderTab.ALL: OrderSelection(),
        OrderTab.TO_INVOICE: OrderSelection(
            status=(OrderStatus.READY_FOR_INVOICE, OrderStatus.DOCKETS_UPLOADED), has_invoice=False
        ),
        OrderTab.IN_THE_FIELD: OrderSelection(status=tuple(s for s in OrderStatus if s in FIELD)),
        OrderTab.DOCKETS: OrderSelection(
            status=(OrderStatus.ORDER_COMPLETED, OrderStatus.DOCKETS_RECEIVED, OrderStatus.DOCKETS_VERIFIED)
        ),
        OrderTab.TO_CORRECT: OrderSelection(status=(OrderStatus.DOCKETS_REJECTED,)),
        OrderTab.BLOCKED: OrderSelection(status=tuple(s for s in OrderStatus if s not in TERMINAL), is_blocked=True),
        OrderTab.INVOICED: OrderSelection(status=(OrderStatus.INVOICED, OrderStatus.SUBMITTED_TO_PORTAL)),
        OrderTab.COMPLETED: OrderSelection(status=(OrderStatus.COMPLETED,)),
    }
)
"""In the order in which they are shown. The counts are of the same selections."""

AWAIT_INVOICE = OrderSelection(
    status=(
        *VIEWS[OrderTab.TO_INVOICE].status,
        OrderStatus.DOCKETS_VERIFIED,
        OrderStatus.DOCKETS_RECEIVED,
        OrderStatus.DOCKETS_REJECTED,
        OrderStatus.ORDER_COMPLETED,
    ),
    has_invoice=False,
)
"""The orders whose work is done and that stand on no invoice yet: ready ones, and those that something keeps back."""
