"""Routes of batches: what they hold, taking an order out, and closing one by hand."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from activities.partners.batch_store import BatchStore
from api.access.deps import ActorDep, DrafterDep
from api.deps import NowDep, StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.orders.batch_schemas import BatchDetail, BatchView
from api.invoice.orders.drafts import CallDep
from api.invoice.schemas import InvoiceView
from models.invoice.command_fields import Reason
from models.partners.orders.fields import OrderKey, PartnerKey
from models.partners.orders.log import Actor
from models.values.base_models import Strict

MOST_BATCHES = 500

router = APIRouter(prefix="/batches", tags=["orders"], route_class=DecimalJsonRoute)
BatchKey = Annotated[str, Path(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._-]+$")]


class BatchQuery(Strict):
    """Filters of batches."""

    partner_key: PartnerKey | None = None
    is_open: bool | None = Field(default=None, description="null: both")


class TakeOut(Strict):
    """Why an order leaves the batch."""

    reason: Reason


async def _reads(state: StateDep, _: ActorDep) -> BatchStore:
    return BatchStore(state.engines.queries)


async def _writes(state: StateDep, _: DrafterDep) -> BatchStore:
    return BatchStore(state.engines.settings)


Reads = Annotated[BatchStore, Depends(_reads)]
Writes = Annotated[BatchStore, Depends(_writes)]
_CLOSED: Any = {"model": Envelope[InvoiceView], "description": "It was closed before and has this invoice."}


@router.get("", summary="List batches", responses=errors(400, 401, 503))
async def list_batches(query: Annotated[BatchQuery, Query()], batches: Reads) -> Envelope[list[BatchView]]:
    """Returns the newest 500 batches that match."""
    found = await batches.page(partner_key=query.partner_key, is_open=query.is_open, limit=MOST_BATCHES)
    return Envelope(data=[BatchView.of(batch, orders) for batch, orders in found])


@router.get("/{batch_key}", summary="One batch with its orders", responses=errors(400, 401, 404, 503))
async def get_batch(batch_key: BatchKey, batches: Reads) -> Envelope[BatchDetail]:
    batch, order_keys = await batches.read(batch_key)
    return Envelope(data=BatchDetail(batch=BatchView.of(batch, len(order_keys)), order_keys=order_keys))


@router.post(
    "/{batch_key}/orders/{order_key}/remove",
    summary="Take an order out of an open batch",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def take_out(
    batch_key: BatchKey,
    order_key: Annotated[OrderKey, Path()],
    body: TakeOut,
    batches: Writes,
    user: DrafterDep,
    now: NowDep,
) -> Envelope[BatchView]:
    """The order stays ReadyForInvoice, and can be invoiced alone or join a batch again."""
    actor = Actor(name=user.username, role=user.role, source="api")
    return Envelope(data=BatchView.of(await batches.remove(batch_key, order_key, actor, body.reason, now)))


@router.post(
    "/{batch_key}/close",
    status_code=201,
    summary="Close a batch and draft its invoice",
    responses={200: _CLOSED, **errors(400, 401, 403, 404, 409, 500, 503, 504)},
)
async def close(batch_key: BatchKey, call: CallDep, now: NowDep, response: Response) -> Envelope[InvoiceView]:
    """Orders that become ready afterwards go into the next batch. A batch without orders is closed, and the answer is
    409. Batches whose month is over are closed by a schedule."""
    drafted = await call.close_batch(batch_key, now)
    response.status_code = 201 if drafted.is_new else 200
    return Envelope(data=call.view(drafted.invoice))
