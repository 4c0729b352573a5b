"""The pages of batches: what each holds, taking an order out, and closing one, which drafts its invoice."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from activities.partners.batch_store import BatchStore
from api.deps import NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.invoice.deps import InvoicesDep
from api.invoice.orders.drafts import DraftCall
from api.pages.forms.fields import Control, FormField, read
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.orders import order_words
from api.pages.orders.deps import OrderDeskDep, OrderReadsDep, PageDrafterDep
from api.pages.sessions import PageActorDep
from api.settings.deps import SettingsStoreDep
from api.settings.partner_repositories import PARTNERS
from api.uploads import UploadRoute
from models.access.roles import DRAFTING
from models.partners.batches.batch import Batch
from models.partners.batches.errors import NotInBatch
from models.partners.orders.log import Actor as OrderActor

router = APIRouter(prefix="/orders/batches", include_in_schema=False, route_class=UploadRoute)

MOST_BATCHES = 200
_REASON = (FormField("reason", N_("Reason"), Control.AREA, is_required=True, longest=500),)


@router.get("")
async def batches_page(
    _: PageActorDep,
    desk: OrderDeskDep,
    state: StateDep,
    settings: SettingsStoreDep,
    partner_key: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """List the newest batches with how many orders each holds."""
    found = await BatchStore(state.engines.queries).page(partner_key=partner_key or None, limit=MOST_BATCHES)
    return desk.page(
        "orders/batches.html.j2",
        batches=found,
        partner=partner_key,
        partners=list(await settings.all(PARTNERS)),
        order_words=order_words,
    )


@router.get("/{batch_key}")
async def batch_page(
    actor: PageActorDep,
    desk: OrderDeskDep,
    batch_key: str,
    state: StateDep,
    orders: OrderReadsDep,
    invoices: InvoicesDep,
) -> Response:
    """Show the batch with its orders, and its invoice once it has one."""
    batch, keys = await BatchStore(state.engines.queries).read(_printable(batch_key))
    found = await orders.read_all(keys)
    return desk.page(
        "orders/batch.html.j2",
        batch=batch,
        rows=[found[key] for key in keys if key in found],
        invoice=await invoices.find(batch.invoice_id),
        may_invoice=actor.role.includes(DRAFTING),
        order_words=order_words,
    )


@router.get("/{batch_key}/close")
async def show_close(_: PageDrafterDep, desk: OrderDeskDep, batch_key: str, state: StateDep) -> Response:
    batch, keys = await BatchStore(state.engines.queries).read(_printable(batch_key))
    return form_response(desk, _closing(batch, len(keys)), {})


@router.post("/{batch_key}/close")
async def close_batch(
    request: Request,
    actor: PageDrafterDep,
    desk: OrderDeskDep,
    batch_key: str,
    state: StateDep,
    repository: InvoicesDep,
    now: NowDep,
) -> Response:
    """Close the batch and show its draft. A batch that is closed leads to the invoice that it has."""
    key = form_key(await request.form(max_files=0, max_fields=10))
    try:
        drafted = await DraftCall(state, repository, actor, key).close_batch(_printable(batch_key), now)
    except EXPECTED as error:
        refused = expected_error(request, error)
        batch, keys = await BatchStore(state.engines.queries).read(_printable(batch_key))
        return refused_response(desk, _closing(batch, len(keys)), {}, key, refused)
    return RedirectResponse(f"/invoices/{drafted.invoice.id}?done=1", 303)


@router.get("/{batch_key}/orders/{order_key}")
async def show_take_out(_: PageDrafterDep, desk: OrderDeskDep, batch_key: str, order_key: str) -> Response:
    return form_response(desk, _taking_out(batch_key, order_key), {})


@router.post("/{batch_key}/orders/{order_key}")
async def take_out(
    request: Request,
    actor: PageDrafterDep,
    desk: OrderDeskDep,
    batch_key: str,
    order_key: str,
    state: StateDep,
    now: NowDep,
) -> Response:
    """Take the order out. An order that is not in the batch any more has been taken out before."""
    posted = await request.form(max_files=0, max_fields=10)
    key, page = form_key(posted), _taking_out(batch_key, order_key)
    typed = read(_REASON, posted, desk.formats.zone)
    if not typed.values.get("reason"):
        return form_response(desk, page, typed.texts, 400, key, {"reason": "is required: why it leaves the batch"})
    by = OrderActor(name=actor.username, role=actor.role, source="desk")
    try:
        await BatchStore(state.engines.settings).remove(batch_key, order_key, by, typed.values["reason"], now)
    except NotInBatch:
        return RedirectResponse(f"/orders/batches/{batch_key}", 303)
    except EXPECTED as error:
        return refused_response(desk, page, typed.texts, key, expected_error(request, error))
    return RedirectResponse(f"/orders/batches/{batch_key}", 303)


def _closing(batch: Batch, orders: int) -> FormPage:
    return FormPage(
        label=N_("Close the batch and generate the invoice"),
        busy=N_("Generating…"),
        text=N_(
            "All orders of the batch get one draft, with the prices of this moment. Later orders go into the next."
        ),
        fields=(),
        address=f"/orders/batches/{batch.key}/close",
        cancel=f"/orders/batches/{batch.key}",
        about=(batch.key, batch.scope.partner_key, str(orders)),
    )


def _taking_out(batch_key: str, order_key: str) -> FormPage:
    return FormPage(
        label=N_("Take out of the batch"),
        busy=N_("Recording…"),
        text=N_("The order stays ready for an invoice of its own or for a later batch."),
        fields=_REASON,
        address=f"/orders/batches/{batch_key}/orders/{order_key}",
        cancel=f"/orders/batches/{batch_key}",
        about=(order_key, batch_key),
    )


def _printable(text: str) -> str:
    return text if text.isprintable() else "?"
