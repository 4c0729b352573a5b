"""The query of the list of orders, and the cursor that names the position of its next page."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from api.cursors import ListPosition, fingerprint
from models.partners.order_type import OrderTypeInput
from models.partners.orders.fields import OrderKey, PartnerKey
from models.partners.orders.order import Order
from models.partners.orders.selection import STRETCHES, OrderPosition, OrderSelection, OrderSort
from models.partners.orders.status import StatusInput
from models.values.base_models import Strict
from models.values.text import text_pattern
from models.values.typed_values import WholeParameter

SearchedKey = Annotated[
    str, StringConstraints(min_length=1, max_length=60), Field(json_schema_extra={"pattern": text_pattern(1)})
]


class OrderFilter(Strict):
    """Filters of orders, and their order. An order must match all of them."""

    q: SearchedKey | None = Field(
        default=None,
        description="words, or beginnings of words, of the order, its service id, ticket, docket, site or customer",
    )
    status: list[StatusInput] = Field(default=[], max_length=20, description="may be repeated")
    partner_key: PartnerKey | None = None
    order_type: OrderTypeInput | None = None
    service_id: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    invoice_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    has_invoice: bool | None = Field(default=None, description="stands on a live invoice")
    is_blocked: bool | None = Field(default=None, description="has an open blocker")
    completed_from: AwareDatetime | None = None
    completed_before: AwareDatetime | None = None
    sort: OrderSort = Field(default=OrderSort.NEWEST, description="`ready_first`: what can be invoiced comes first")

    @property
    def selection(self) -> OrderSelection:
        return OrderSelection.model_validate(self.model_dump(exclude={"per_page", "cursor", "sort"}))


class OrderQuery(OrderFilter):
    """The filters, and which page."""

    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @property
    def position(self) -> OrderPosition | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        found = OrderCursor.read(self.cursor, fingerprint(self))
        return found.position if found else None

    def cursor_after(self, order: Order) -> str:
        """Return the cursor of the page after the order."""
        return cursor_after(fingerprint(self), order, self.sort)


class ViewQuery(Strict):
    """Whose orders are counted."""

    partner_key: PartnerKey | None = Field(default=None, description="left out: those of all partners")


def cursor_after(of: str, order: Order, sort: OrderSort) -> str:
    """Return the cursor of the page after the order, in the list with the fingerprint `of`."""
    position = OrderPosition.of(order, sort)
    return OrderCursor(of=of, **position.model_dump()).cursor


class OrderCursor(ListPosition):
    """The position after an order as a cursor holds it."""

    stretch: int = Field(default=0, ge=0, lt=max(map(len, STRETCHES.values())))
    created_at: AwareDatetime
    order_key: OrderKey

    @property
    def position(self) -> OrderPosition:
        return OrderPosition(stretch=self.stretch, created_at=self.created_at, order_key=self.order_key)
