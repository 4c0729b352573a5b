"""The query of the list of orders, and the cursor that names the position of its next page."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from api.cursors import ListPosition, fingerprint
from models.partners.order_type import OrderTypeInput
from models.partners.orders.fields import OrderKey, PartnerKey
from models.partners.orders.order import Order
from models.partners.orders.selection import OrderPosition, OrderSelection
from models.partners.orders.status import StatusInput
from models.values.base_models import Strict
from models.values.typed_values import WholeParameter


class OrderQuery(Strict):
    """Filters of orders. An order must match all of them."""

    status: list[StatusInput] = Field(default=[], max_length=20, description="may be repeated")
    partner_key: PartnerKey | None = None
    order_type: OrderTypeInput | None = None
    service_id: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    invoice_id: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    has_invoice: bool | None = Field(default=None, description="stands on a live invoice")
    is_blocked: bool | None = Field(default=None, description="has an open blocker")
    completed_from: AwareDatetime | None = None
    completed_before: AwareDatetime | None = None
    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=500)] | None = None

    @property
    def selection(self) -> OrderSelection:
        return OrderSelection.model_validate(self.model_dump(exclude={"per_page", "cursor"}))

    @property
    def position(self) -> OrderPosition | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        found = _Position.read(self.cursor, fingerprint(self))
        return OrderPosition(created_at=found.created_at, order_key=found.order_key) if found else None

    def cursor_after(self, order: Order) -> str:
        """Return the cursor of the page after the order."""
        return _Position(of=fingerprint(self), created_at=order.created_at, order_key=order.order_key).cursor


class _Position(ListPosition):
    created_at: AwareDatetime
    order_key: OrderKey
