"""Routes that make the invoice of completed orders: gate, transition of the orders and draft in one step."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field

from activities.partners.order_store import OrderStore
from api.access.deps import Actor, DrafterDep
from api.deps import AppState, KeyDep, StateDep
from api.errors import Conflict, Invalid, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import ConflictDetails, Envelope
from api.http.error_responses import errors
from api.invoice.deps import InvoicesDep
from api.invoice.repository import InvoiceRepository
from api.invoice.schemas import InvoiceView
from models.invoice.content.draft_request import DraftRequest, Orders
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.partners.orders.errors import OrderUnknown
from models.partners.orders.fields import OrderKey, PartnerKey
from models.values.base_models import Strict
from models.values.request_fingerprint import fingerprint
from workflows.client import invoices
from workflows.client.errors import WorkflowClosed

MOST_ORDERS = 5_000
MOST_ATTEMPTS = 50

router = APIRouter(tags=["invoices"], route_class=DecimalJsonRoute)


class FromOrders(Strict):
    """Completed orders of one partner that share an invoice."""

    partner_key: PartnerKey
    order_keys: tuple[OrderKey, ...] = Field(min_length=1, max_length=MOST_ORDERS)


@dataclass(frozen=True)
class DraftCall:
    """One request for the draft of orders: who asks, with which idempotency key."""

    state: AppState
    repository: InvoiceRepository
    user: Actor
    key: str

    async def draft(self, orders: Orders, response: Response) -> Envelope[InvoiceView]:
        """Return the new draft with 201, or the live invoice that this very set of orders has with 200."""
        attempt, last = await self._last_attempt(orders)
        request_fingerprint = fingerprint(f"from_orders:{self.key}", orders.model_dump_json(exclude={"replaces"}))
        if last is not None and last.is_live:
            invoice = last
        else:
            replaces = last.id if last is not None and last.status is Status.REJECTED else None
            request = DraftRequest(
                subject=orders.model_copy(update={"replaces": replaces}),
                by=self.user.username,
                request_fingerprint=request_fingerprint,
            )
            invoice = await self._open(request, attempt)
        is_from_this_request = invoice.request.request_fingerprint == request_fingerprint
        response.status_code = 201 if is_from_this_request else 200
        view = InvoiceView.seen_by(self.user.role, invoice, self.user.username, self.state.archive)
        return Envelope(data=view)

    async def _last_attempt(self, orders: Orders) -> tuple[int, Invoice | None]:
        request = DraftRequest(subject=orders, by=self.user.username)
        ids = [invoices.workflow_id_of(request, attempt) for attempt in range(MOST_ATTEMPTS)]
        attempt, last = await self.repository.attempt_for_orders(ids)
        if attempt == MOST_ATTEMPTS:
            raise Conflict(
                f"These orders have had {MOST_ATTEMPTS} invoices, all withdrawn or rejected; nothing was changed.",
                ConflictDetails(reason="Refused"),
            )
        return attempt, last

    async def _open(self, request: DraftRequest, attempt: int) -> Invoice:
        client, timeout = await self.state.temporal.client(), self.state.update_timeout
        try:
            opened = await invoices.generate(client, request, attempt, timeout)
        except WorkflowClosed as error:
            raise Conflict(
                "An invoice of these orders is being closed or withdrawn. Try again in a moment.",
                ConflictDetails(reason="WorkflowClosed"),
            ) from error
        found = await self.repository.find(opened.invoice_id)
        assert found is not None  # the workflow answers after it has saved the invoice, and invoices are never deleted
        return found


async def _call(state: StateDep, repository: InvoicesDep, user: DrafterDep, key: KeyDep) -> DraftCall:
    return DraftCall(state, repository, user, key)


CallDep = Annotated[DraftCall, Depends(_call)]
_ANSWERS: Any = {
    200: {"model": Envelope[InvoiceView], "description": "The same invoice exists already."},
    **errors(400, 401, 403, 404, 409, 500, 503, 504),
}


@router.post("/invoices/from-orders", status_code=201, summary="Create a draft from orders", responses=_ANSWERS)
async def from_orders(body: FromOrders, call: CallDep, response: Response) -> Envelope[InvoiceView]:
    """Checks every order, moves it to ReadyForInvoice and drafts one invoice for all of them. If one of them cannot be
    invoiced, nothing changes, and the answer lists every reason of every order."""
    if len(set(body.order_keys)) < len(body.order_keys):
        raise Invalid.at("order_keys", "an order is named twice; name each of them once")
    return await call.draft(Orders(partner_key=body.partner_key, order_keys=body.order_keys), response)


@router.post(
    "/orders/{order_key}/ready", status_code=201, summary="Invoice an order", tags=["orders"], responses=_ANSWERS
)
async def ready(order_key: Annotated[OrderKey, Path()], call: CallDep, response: Response) -> Envelope[InvoiceView]:
    """Checks the order, moves it to ReadyForInvoice and drafts its invoice. If it cannot be invoiced, nothing changes,
    and the answer lists every reason."""
    try:
        order = await OrderStore(call.state.engines.queries).read(order_key)
    except OrderUnknown as error:
        raise NotFound(error.message) from error
    return await call.draft(Orders(partner_key=order.partner_key, order_keys=(order_key,)), response)
