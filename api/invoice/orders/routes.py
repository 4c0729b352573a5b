"""Routes that make the invoice of completed orders: gate, transition of the orders and draft in one step."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from api.deps import NowDep
from api.errors import Invalid, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.orders.batch_schemas import BatchView
from api.invoice.orders.drafts import CallDep
from api.invoice.orders.schemas import ReplacementView
from api.invoice.schemas import InvoiceView
from models.invoice.content.draft_request import Orders
from models.partners.orders.fields import OrderKey, PartnerKey
from models.values.base_models import Strict

MOST_ORDERS = 5_000

router = APIRouter(tags=["orders"], route_class=DecimalJsonRoute)


class FromOrders(Strict):
    """Completed orders of one partner that share an invoice."""

    partner_key: PartnerKey
    order_keys: tuple[OrderKey, ...] = Field(min_length=1, max_length=MOST_ORDERS)


class ReadyView(BaseModel):
    """Where the order stands now: on an invoice of its own, or in the open batch of its partner, type and month."""

    invoice: InvoiceView | None = None
    batch: BatchView | None = None


_ERRORS = errors(400, 401, 403, 404, 409, 500, 503, 504)
_SAME: Any = {"model": Envelope[InvoiceView], "description": "The same invoice exists already."}
_READY: Any = {"model": Envelope[ReadyView], "description": "The order has this invoice, or is in this batch."}


@router.post(
    "/invoices/from-orders",
    status_code=201,
    summary="Create a draft from orders",
    responses={200: _SAME, **_ERRORS},
)
async def from_orders(body: FromOrders, call: CallDep, response: Response) -> Envelope[InvoiceView]:
    """Checks every order, moves it to ReadyForInvoice and drafts one invoice for all of them. If one of them cannot be
    invoiced, nothing changes, and the answer lists every reason of every order."""
    if len(set(body.order_keys)) < len(body.order_keys):
        raise Invalid.at("order_keys", "an order is named twice; name each of them once")
    drafted = await call.draft(Orders(partner_key=body.partner_key, order_keys=body.order_keys))
    response.status_code = 201 if drafted.is_new else 200
    return Envelope(data=call.view(drafted.invoice))


@router.get(
    "/invoices/{invoice_id}/replaced",
    summary="Compare with the rejected invoice",
    responses=errors(400, 401, 404, 503),
)
async def compare_with_rejected(invoice: InvoiceDep, invoices: InvoicesDep) -> Envelope[ReplacementView]:
    """For an invoice in the place of a rejected one: the reason of the rejection, and every line of both invoices."""
    subject = invoice.request.subject
    replaces = subject.replaces if isinstance(subject, Orders) else None
    rejected = await invoices.find(replaces) if replaces else None
    if rejected is None:
        raise NotFound(f"Invoice {invoice.id} replaces no rejected invoice.")
    return Envelope(data=ReplacementView.of(rejected, invoice))


@router.post(
    "/orders/{order_key}/ready", status_code=201, summary="Invoice an order", responses={200: _READY, **_ERRORS}
)
async def ready(
    order_key: Annotated[OrderKey, Path()], call: CallDep, now: NowDep, response: Response
) -> Envelope[ReadyView]:
    """Checks the order and moves it to ReadyForInvoice. By the partner's setting it gets a draft of its own, or joins
    the open batch of its type and month. If it cannot be invoiced, nothing changes, and the answer lists every reason.
    """
    placed = await call.place(order_key, now)
    if placed.batch is not None:
        response.status_code = 200
        return Envelope(data=ReadyView(batch=BatchView.of(placed.batch)))
    assert placed.drafted is not None
    drafted = placed.drafted
    response.status_code = 201 if drafted.is_new else 200
    return Envelope(data=ReadyView(invoice=call.view(drafted.invoice)))
