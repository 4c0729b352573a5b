"""The queue of orders for invoices, and the builder: orders of one partner, their sums, Generate Invoice."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from activities.partners.batch_store import BatchStore
from activities.partners.order_store import OrderStore
from api.access.deps import Actor
from api.deps import NowDep, StateDep, TodayDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, Invalid, Unavailable, Unknown
from api.http.envelopes import ConflictDetails, OrderObstacleView
from api.invoice.deps import InvoicesDep
from api.invoice.orders.drafts import DraftCall
from api.invoice.orders.readiness import AwaitingPage, ReadinessDep, ReadinessQuery, ReadinessReads
from api.pages.forms.keys import form_key
from api.pages.lists import asked
from api.pages.orders import order_words
from api.pages.orders.deps import OrderDeskDep, OrderReadsDep, PageDrafterDep
from api.pages.rendering import Desk, url_query
from api.pages.sessions import PageActorDep
from api.settings.deps import SettingsStoreDep
from api.settings.partner_repositories import PARTNERS
from api.uploads import UploadRoute
from models.access.roles import DRAFTING
from models.billing.order_readiness import DraftPreview, OrderReadiness
from models.invoice.content.draft_request import Orders
from models.partners.orders.order import Order
from models.values.money import total

router = APIRouter(prefix="/orders", include_in_schema=False, route_class=UploadRoute)

READY, BUILDER = "/orders/ready", "/orders/invoice"
MOST_CHOSEN = 500
MOST_BATCHES = 20
_KEY = Query(max_length=60)


@router.get("/ready")
async def ready_page(
    request: Request,
    actor: PageActorDep,
    desk: OrderDeskDep,
    reads: ReadinessDep,
    settings: SettingsStoreDep,
    state: StateDep,
    today: TodayDep,
) -> Response:
    """Show which finished orders can be invoiced with what each adds, and every reason why the others cannot."""
    wanted = asked(request.query_params, ReadinessQuery, READY)
    errors = dict(wanted.errors)
    page = AwaitingPage([], None)
    if not errors:
        try:
            page = await reads.awaiting(wanted.filters, today)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    partners = await settings.all(PARTNERS)
    ready = [(order, found) for order, found in page.rows if found.is_ready]
    batches = await BatchStore(state.engines.queries).page(
        partner_key=wanted.filters.partner_key, is_open=True, limit=MOST_BATCHES
    )
    return desk.page(
        "orders/ready.html.j2",
        status=400 if errors else 200,
        errors=errors,
        asked=wanted,
        groups=[(key, [row for row in ready if row[0].partner_key == key]) for key in _partners_of(ready)],
        kept=[(order, found) for order, found in page.rows if not found.is_ready],
        partners=partners,
        batches=batches,
        first=READY + url_query(wanted.with_()) if wanted.given.get("cursor") else None,
        next=wanted.at(page.next_cursor),
        may_invoice=actor.role.includes(DRAFTING),
        builder=BUILDER,
        sum_of=lambda found: total(each.amounts.total for _, each in found if each.amounts),
        order_words=order_words,
    )


@router.get("/invoice")
async def builder_page(
    actor: PageDrafterDep,
    desk: OrderDeskDep,
    reads: ReadinessDep,
    orders: OrderReadsDep,
    today: TodayDep,
    partner_key: Annotated[str, _KEY] = "",
    order_key: Annotated[list[str], Query(max_length=MOST_CHOSEN)] = [],  # noqa: B006
) -> Response:
    """Show what the invoice of the chosen orders would say, and which of them cannot be on it, before it is made."""
    keys = tuple(dict.fromkeys(each for each in order_key if each.isprintable()))
    partner = partner_key or await _partner_of(orders, keys)
    return await _builder(desk, reads, today, actor, partner, keys)


@router.post("/invoice")
async def generate_invoice(
    request: Request,
    actor: PageDrafterDep,
    desk: OrderDeskDep,
    reads: ReadinessDep,
    state: StateDep,
    repository: InvoicesDep,
    today: TodayDep,
) -> Response:
    """Draft the invoice and show it. The same orders have one live invoice, so a repetition leads to the same one."""
    posted = await request.form(max_files=0, max_fields=MOST_CHOSEN + 10)
    keys = tuple(dict.fromkeys(_texts(posted, "order_key")))
    partner = next(iter(_texts(posted, "partner_key")), "")
    key = form_key(posted)
    try:
        drafted = await DraftCall(state, repository, actor, key).draft(Orders(partner_key=partner, order_keys=keys))
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _builder(desk, reads, today, actor, partner, keys, refused, key)
    return RedirectResponse(f"/invoices/{drafted.invoice.id}?done=1", 303)


@router.post("/into-batch")
async def into_batch(
    request: Request,
    actor: PageDrafterDep,
    desk: OrderDeskDep,
    reads: ReadinessDep,
    state: StateDep,
    repository: InvoicesDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Put the chosen orders into the open batches of their types and months, and show the last one's batch."""
    posted = await request.form(max_files=0, max_fields=MOST_CHOSEN + 10)
    keys = tuple(dict.fromkeys(_texts(posted, "order_key")))
    partner = next(iter(_texts(posted, "partner_key")), "")
    call = DraftCall(state, repository, actor, form_key(posted))
    batch = None
    try:
        for each in keys:
            batch = (await call.place(each, now)).batch
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _builder(desk, reads, today, actor, partner, keys, refused, call.key)
    return RedirectResponse(f"/orders/batches/{batch.key}" if batch else READY, 303)


@router.post("/{order_key}/ready")
async def place_order(
    request: Request,
    order_key: str,
    actor: PageDrafterDep,
    state: StateDep,
    repository: InvoicesDep,
    now: NowDep,
) -> Response:
    """Draft the invoice of one order, or put it into its partner's open batch; then show the one or the other."""
    posted = await request.form(max_files=0, max_fields=10)
    placed = await DraftCall(state, repository, actor, form_key(posted)).place(order_key, now)
    if placed.batch is not None:
        return RedirectResponse(f"/orders/batches/{placed.batch.key}", 303)
    assert placed.drafted is not None
    return RedirectResponse(f"/invoices/{placed.drafted.invoice.id}?done=1", 303)


async def _builder(
    desk: Desk,
    reads: ReadinessReads,
    today: date,
    actor: Actor,
    partner: str,
    keys: tuple[str, ...],
    refused: ApiError | None = None,
    key: str | None = None,
) -> Response:
    if not partner or not keys:
        raise Invalid.of_message("Choose at least one order of a partner first; the queue has those that are ready.")
    preview = await reads.preview(partner, keys, today, actor.username)
    settings = await reads.partners.partner(partner)
    found = await reads.orders.read_all(keys)
    details = refused.details if refused and isinstance(refused.details, ConflictDetails) else None
    return desk.page(
        "orders/builder.html.j2",
        status=refused.status if refused else 200,
        partner=settings,
        preview=preview,
        orders=found,
        content=preview.content,
        ready=[each for each in preview.orders if each.is_ready],
        kept=[each for each in preview.orders if not each.is_ready],
        builder=BUILDER,
        key=None if isinstance(refused, Conflict) else key,
        refused=refused,
        obstacles=_others(details.obstacles if details else None, preview),
        is_down=isinstance(refused, Unavailable),
        is_unknown=isinstance(refused, Unknown),
        without=lambda left_out: (
            BUILDER + url_query({"partner_key": partner, "order_key": [each for each in keys if each != left_out]})
        ),
        only_ready=BUILDER
        + url_query(
            {"partner_key": partner, "order_key": [each.order_key for each in preview.orders if each.is_ready]}
        ),
        order_words=order_words,
    )


async def _partner_of(orders: OrderStore, keys: tuple[str, ...]) -> str:
    """Return the partner of the first order that exists, for an address that names only orders."""
    found = await orders.read_all(keys)
    return next((found[key].partner_key for key in keys if key in found), "")


def _partners_of(rows: Sequence[tuple[Order, OrderReadiness]]) -> list[str]:
    return sorted({order.partner_key for order, _ in rows})


def _texts(posted: FormData, name: str) -> list[str]:
    return [each for each in posted.getlist(name) if isinstance(each, str) and each and each.isprintable()]


def _others(found: Sequence[OrderObstacleView] | None, preview: DraftPreview) -> list[OrderObstacleView]:
    """Return the obstacles of a refusal that the preview does not show, because they have come up since."""
    shown = {(each.order_key, each.code) for order in preview.orders for each in order.obstacles}
    return [each for each in found or () if (each.order_key, each.code) not in shown]
