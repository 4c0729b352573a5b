"""What the order routes answer."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from api.http.envelopes import FieldError
from models.audit.hash_chain import Event
from models.partners.dockets.clock import DocketKpi, docket_kpi
from models.partners.orders.edges import Through
from models.partners.orders.intake import Outcome, Received
from models.partners.orders.order import Order, OrderFields
from models.partners.orders.selection import VIEWS
from models.partners.orders.selection import OrderTab as View
from models.partners.orders.status import OrderStatus
from models.partners.orders.transitions import allowed
from models.partners.readiness import Obstacle
from models.values.money import Amount


class BlockerView(BaseModel):
    id: str
    reason: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None


class OrderView(OrderFields):
    """An order. `next_statuses` are those that a transition can lead to now."""

    status: OrderStatus
    blockers: list[BlockerView]
    docket: dict[str, Any] | None
    docket_kpi: DocketKpi | None = Field(description="how long the docket took; it never touches an amount")
    materials_charge: Amount = Field(description="what the partner pays for materials, in its currency")
    invoice_id: str | None
    next_statuses: list[OrderStatus]
    created_at: datetime
    updated_at: datetime
    revision: int

    @classmethod
    def of(cls, order: Order) -> Self:
        shown = order.model_dump(exclude={"chain", "source_digest"})
        docket = order.docket.model_dump(mode="json") if order.docket else None
        return cls.model_validate(
            {
                **shown,
                "docket": docket,
                "docket_kpi": docket_kpi(order.completed_at, order.docket.received_at) if order.docket else None,
                "materials_charge": str(order.materials_charge()),
                "next_statuses": allowed(order, Through.TRANSITION),
            }
        )


class OrderDetail(BaseModel):
    """An order with its log, and with everything that keeps it from being invoiced now."""

    order: OrderView
    obstacles: list[Obstacle]
    log: list[Event]


class OrderPage(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[OrderView]
    next_cursor: str | None


class OrderViewCount(BaseModel):
    """A view of the list of orders: its filters, as the list takes them, and how many orders it has."""

    view: View
    filters: dict[str, Any]
    orders: int

    @classmethod
    def of(cls, view: View, orders: int, partner_key: str | None) -> Self:
        filters = VIEWS[view].model_dump(mode="json", exclude_defaults=True)
        return cls(view=view, filters=filters | ({"partner_key": partner_key} if partner_key else {}), orders=orders)


class IntakeResult(BaseModel):
    """What became of one version of an order. `order` is the order after it, if something was written."""

    outcome: Outcome
    message: str | None
    order: OrderView | None


class RowResult(BaseModel):
    """What became of one row: its outcome, or what is wrong with it."""

    row: int = Field(description="the place in the list from 1; in a file the number in a spreadsheet")
    order_key: str | None
    outcome: Outcome | None = Field(description="null when the row is wrong")
    message: str | None = None
    errors: list[FieldError] = []

    @classmethod
    def of(cls, row: int, order_key: str, received: Received) -> Self:
        return cls(row=row, order_key=order_key, outcome=received.outcome, message=received.message)


class BatchReport(BaseModel):
    """`applied` is false after a dry run, and when rows of a file are wrong."""

    applied: bool
    counts: dict[str, int]
    rows: list[RowResult]

    @classmethod
    def of(cls, rows: list[RowResult], *, applied: bool) -> Self:
        counts: dict[str, int] = {}
        for row in rows:
            name = row.outcome.value if row.outcome else "invalid"
            counts[name] = counts.get(name, 0) + 1
        return cls(applied=applied, counts=counts, rows=rows)
