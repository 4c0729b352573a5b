"""Routes that say which orders can be invoiced, and what their invoice would say, before anything is changed."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.access.deps import ActorDep, DrafterDep
from api.deps import TodayDep
from api.errors import Invalid
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, OrderObstacleView
from api.http.error_responses import errors
from api.http.number_formats import Money
from api.invoice.orders.readiness import ReadinessDep, ReadinessQuery
from api.invoice.orders.routes import FromOrders
from api.invoice.prefill_schemas import LineView
from models.billing.order_readiness import DraftPreview, OrderReadiness
from models.invoice.content.basis import PartnerBasis
from models.invoice.content.content import Content
from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.values.money import Currency

router = APIRouter(tags=["orders"], route_class=DecimalJsonRoute)


class AmountsView(BaseModel):
    """What the order would add to an invoice, before tax."""

    job: Money
    kpi: Money
    materials: Money
    total: Money


class ReadinessView(BaseModel):
    """Whether an order can be invoiced now. `obstacles` is empty if it can; `amounts` is null if it cannot."""

    order_key: str
    is_ready: bool
    amounts: AmountsView | None
    rate_id: str | None = Field(description="the row of the rate card that prices the job")
    obstacles: list[OrderObstacleView]

    @classmethod
    def of(cls, found: OrderReadiness) -> Self:
        amounts = found.amounts
        shown = AmountsView(total=amounts.total, **amounts.model_dump()) if amounts else None
        obstacles = [OrderObstacleView.model_validate(each.model_dump()) for each in found.obstacles]
        return cls(
            order_key=found.order_key,
            is_ready=found.is_ready,
            amounts=shown,
            rate_id=found.rate_id,
            obstacles=obstacles,
        )


class AwaitingOrder(ReadinessView):
    """An order whose work is done and that stands on no invoice yet."""

    partner_key: str
    service_id: str
    order_type: OrderType
    status: OrderStatus

    @classmethod
    def of_order(cls, order: Order, found: OrderReadiness) -> Self:
        own = {name: getattr(order, name) for name in ("partner_key", "service_id", "order_type", "status")}
        return cls.model_validate(ReadinessView.of(found).model_dump() | own)


class ReadinessPage(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[AwaitingOrder]
    next_cursor: str | None


class PreviewView(BaseModel):
    """What an invoice of the orders would say. The sums are those of the orders that are ready."""

    partner_key: str
    is_possible: bool = Field(description="all of the orders can be on one invoice")
    refusal: str | None = Field(description="why the ready ones cannot share an invoice, such as different taxes")
    orders: list[ReadinessView]
    work_type: str | None
    currency: Currency | None
    line_items: list[LineView]
    net_amount: Money | None
    tax_amount: Money | None
    total_amount: Money | None

    @classmethod
    def of(cls, partner_key: str, found: DraftPreview) -> Self:
        content = found.content
        totals = content.totals if content else None
        return cls(
            partner_key=partner_key,
            is_possible=found.is_possible,
            refusal=found.refusal,
            orders=[ReadinessView.of(each) for each in found.orders],
            work_type=_work_type(content) if content else None,
            currency=content.currency if content else None,
            line_items=[LineView.of(line, n) for n, line in enumerate(content.lines)] if content else [],
            net_amount=totals.net_amount if totals else None,
            tax_amount=totals.tax_amount if totals else None,
            total_amount=totals.total_amount if totals else None,
        )


def _work_type(content: Content) -> str:
    assert isinstance(content.basis, PartnerBasis)
    return content.basis.work_type


@router.get("/orders/readiness", summary="Which finished orders can be invoiced", responses=errors(400, 401, 503))
async def order_readiness(
    query: Annotated[ReadinessQuery, Query()], reads: ReadinessDep, _: ActorDep, today: TodayDep
) -> ReadinessPage:
    """The orders whose work is done and that stand on no invoice yet, those near an invoice first. Each has what it
    would add to an invoice, or every reason why it cannot be on one: of the gate, of the rate card and of KPI rules."""
    page = await reads.awaiting(query, today)
    return ReadinessPage(data=[AwaitingOrder.of_order(*row) for row in page.rows], next_cursor=page.next_cursor)


@router.post(
    "/invoices/from-orders/preview",
    summary="Preview the draft of orders",
    responses=errors(400, 401, 403, 404, 503),
)
async def preview_from_orders(
    body: FromOrders, reads: ReadinessDep, user: DrafterDep, today: TodayDep
) -> Envelope[PreviewView]:
    """Computes the draft that `POST /invoices/from-orders` would make. Nothing is stored, and no order is moved."""
    if len(set(body.order_keys)) < len(body.order_keys):
        raise Invalid.at("order_keys", "an order is named twice; name each of them once")
    found = await reads.preview(body.partner_key, body.order_keys, today, user.username)
    return Envelope(data=PreviewView.of(body.partner_key, found))
