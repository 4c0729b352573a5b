"""Routes of orders: the list, one order with its log, and the commands of people on it."""

from typing import Annotated

from fastapi import APIRouter, Body, Query

from api.access.deps import Actor
from api.deps import GivenKeyDep, NowDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.neighbours import Neighbours
from api.partners.orders.deps import Editor, KeyInPath, OrderReads, OrderWrites, Reader, acting
from api.partners.orders.filters import OrderFilter, OrderQuery, ViewQuery
from api.partners.orders.schemas import OrderDetail, OrderPage, OrderView, OrderViewCount
from models.partners.orders.commands import (
    AnyCommand,
    BlockerCommand,
    LogMaterials,
    ReceiveDocket,
    RejectDocket,
    ReviewDocket,
    Transition,
    UploadDocket,
)

router = APIRouter(prefix="/orders", tags=["orders"], route_class=DecimalJsonRoute)

CHANGE = errors(400, 401, 403, 404, 409, 413, 503)


@router.get("", summary="List orders, the newest first", responses=errors(400, 401, 503))
async def list_orders(query: Annotated[OrderQuery, Query()], orders: OrderReads, _: Reader) -> OrderPage:
    """Use `cursor` to read all pages without gaps."""
    found = await orders.page(query.selection, query.position, query.per_page + 1, query.sort)
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]) if len(found) > len(shown) else None
    return OrderPage(data=[OrderView.of(order) for order in shown], next_cursor=following)


@router.get("/views", summary="The views of the list, with how many orders each has", responses=errors(400, 401, 503))
async def order_views(
    query: Annotated[ViewQuery, Query()], orders: OrderReads, _: Reader
) -> Envelope[list[OrderViewCount]]:
    """`filters` are those of the list that shows exactly these orders."""
    counts = await orders.counts(query.partner_key)
    return Envelope(data=[OrderViewCount.of(view, number, query.partner_key) for view, number in counts.items()])


@router.get("/{order_key}", summary="One order with its log", responses=errors(400, 401, 404, 503))
async def get_order(order_key: KeyInPath, orders: OrderReads, _: Reader) -> Envelope[OrderDetail]:
    """Returns everything that keeps the order from being invoiced, too."""
    order = await orders.read(order_key)
    detail = OrderDetail(
        order=OrderView.of(order),
        obstacles=list(await orders.obstacles(order)),
        log=list(await orders.log(order_key)),
    )
    return Envelope(data=detail)


@router.get(
    "/{order_key}/neighbours", summary="The orders before and after one in a list", responses=errors(400, 401, 404, 503)
)
async def order_neighbours(
    order_key: KeyInPath, filters: Annotated[OrderFilter, Query()], orders: OrderReads, _: Reader
) -> Envelope[Neighbours]:
    """Returns the ids of the orders beside this one in the list with these filters and this order, also when the order
    itself has left the list."""
    order = await orders.read(order_key)
    return Envelope(data=Neighbours.of(await orders.beside(order, filters.selection, filters.sort)))


@router.post("/{order_key}/transitions", summary="Move an order to another status", responses=CHANGE)
async def make_transition(
    order_key: KeyInPath, command: Transition, orders: OrderWrites, user: Editor, now: NowDep, key: GivenKeyDep
) -> Envelope[OrderView]:
    """A 409 names the statuses that can follow. Dockets have routes of their own, and the invoice moves its orders."""
    return await _changed(orders, order_key, command, user, now, key)


@router.post("/{order_key}/docket", summary="Receive the docket", responses=CHANGE)
async def receive_docket(
    order_key: KeyInPath, command: ReceiveDocket, orders: OrderWrites, user: Editor, now: NowDep, key: GivenKeyDep
) -> Envelope[OrderView]:
    """Also after a correction. Above three hours after the job an admin gives the reason."""
    return await _changed(orders, order_key, command, user, now, key)


@router.post("/{order_key}/docket/review", summary="Review the docket", responses=CHANGE)
async def review_docket(
    order_key: KeyInPath, command: ReviewDocket, orders: OrderWrites, user: Editor, now: NowDep, key: GivenKeyDep
) -> Envelope[OrderView]:
    """Compares the paper with the order field by field. A docket with problems cannot be found valid."""
    return await _changed(orders, order_key, command, user, now, key)


@router.post("/{order_key}/docket/mark-uploaded", summary="Record the upload of the docket", responses=CHANGE)
async def upload_docket(
    order_key: KeyInPath, command: UploadDocket, orders: OrderWrites, user: Editor, now: NowDep, key: GivenKeyDep
) -> Envelope[OrderView]:
    return await _changed(orders, order_key, command, user, now, key)


@router.post("/{order_key}/docket/reject", summary="Record the partner's rejection of the docket", responses=CHANGE)
async def reject_docket(
    order_key: KeyInPath, command: RejectDocket, orders: OrderWrites, user: Editor, now: NowDep, key: GivenKeyDep
) -> Envelope[OrderView]:
    return await _changed(orders, order_key, command, user, now, key)


@router.post("/{order_key}/blockers", summary="Open or close a blocker", responses=CHANGE)
async def change_blocker(
    order_key: KeyInPath,
    command: Annotated[BlockerCommand, Body()],
    orders: OrderWrites,
    user: Editor,
    now: NowDep,
    key: GivenKeyDep,
) -> Envelope[OrderView]:
    return await _changed(orders, order_key, command, user, now, key)


@router.post("/{order_key}/materials", summary="Record the materials", responses=CHANGE)
async def log_materials(
    order_key: KeyInPath, command: LogMaterials, orders: OrderWrites, user: Editor, now: NowDep, key: GivenKeyDep
) -> Envelope[OrderView]:
    """Replaces what was recorded before. An empty list says that nothing was used."""
    return await _changed(orders, order_key, command, user, now, key)


async def _changed(
    orders: OrderWrites, order_key: str, command: AnyCommand, user: Actor, now: NowDep, key: str | None
) -> Envelope[OrderView]:
    order = await orders.change(order_key, command, acting(user), now, key)
    return Envelope(data=OrderView.of(order))
