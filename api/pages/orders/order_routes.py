"""The page of one order, and its files."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import NowDep, StateDep, TodayDep
from api.errors import Invalid
from api.invoice.deps import InvoicesDep
from api.invoice.orders.readiness import ReadinessDep
from api.pages.forms.fields import upload_of
from api.pages.orders import order_words
from api.pages.orders.buttons import buttons
from api.pages.orders.checklist import checklist
from api.pages.orders.deps import OrderDeskDep, OrderEditorDep, OrderReadsDep, PageOrderDep
from api.pages.orders.list_routes import ORDERS
from api.pages.rendering import url_query
from api.pages.sessions import PageActorDep
from api.uploads import UploadRoute, stored_file, stored_upload
from models.audit.hash_chain import Event, first_break
from models.partners.dockets.clock import docket_kpi
from models.partners.dockets.validity import problems
from models.partners.orders.attachment import Owner
from models.values.money import Currency

router = APIRouter(prefix="/orders/{order_key}", include_in_schema=False, route_class=UploadRoute)

_INVOICE = "invoice "


@router.get("")
async def order_page(
    actor: PageActorDep,
    desk: OrderDeskDep,
    order: PageOrderDep,
    orders: OrderReadsDep,
    reads: ReadinessDep,
    invoices: InvoicesDep,
    state: StateDep,
    today: TodayDep,
    done: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the order, what keeps it from being invoiced, and the event that a command has just made."""
    wanted = ORDERS.came_from(desk.listed)
    beside = await orders.beside(order, wanted.filters.selection, wanted.filters.sort) if wanted else None
    [readiness] = await reads.of([order], today)
    log = await orders.log(order.order_key)
    paper = order.docket.paper if order.docket else None
    return desk.page(
        "orders/order.html.j2",
        order=order,
        place=ORDERS.place(wanted, order.order_key, beside) if wanted and beside else None,
        invoice=await invoices.find(order.invoice_id) if order.invoice_id else None,
        earlier=_earlier(log, order.invoice_id),
        readiness=readiness,
        checklist=checklist(order, readiness) if order.invoice_id is None and not order.is_final else [],
        buttons=buttons(order, actor, is_ready=readiness.is_ready),
        files=await state.attachments.of(Owner.ORDER, order.order_key),
        docket_kpi=docket_kpi(order.completed_at, order.docket.received_at) if order.docket else None,
        problems_of_paper=problems(order, paper) if paper else (),
        log=log[::-1],
        is_intact=first_break(log) is None and (not log or log[-1].hash == order.chain),
        done=next((event for event in log if str(event.seq) == done), None),
        charge_of=lambda material: material.charge(Currency.MYR),
        order_words=order_words,
        zone=desk.formats.zone.key,
    )


@router.post("/files")
async def attach_file(
    request: Request, desk: OrderDeskDep, order: PageOrderDep, actor: OrderEditorDep, state: StateDep, now: NowDep
) -> Response:
    """Attach a file. The same file again is the same attachment, so a repetition changes nothing."""
    posted = await request.form(max_files=1, max_fields=5)
    upload = upload_of(posted, "file")
    if upload is None:
        raise Invalid.at("file", "choose a PDF, PNG or JPEG first")
    await stored_upload(state, "file", upload, Owner.ORDER, order.order_key, actor.username, now)
    return RedirectResponse(f"/orders/{order.order_key}{url_query(desk.carried)}#files", 303)


@router.get("/files/{attachment_id}")
async def attached_file(order: PageOrderDep, attachment_id: str, state: StateDep) -> Response:
    """Answer an attached file, which browsers save and do not show."""
    return await stored_file(state, Owner.ORDER, order.order_key, attachment_id)


def _earlier(log: tuple[Event, ...], present: str | None) -> list[str]:
    """Return the ids of the invoices that the order stood on before, the newest first."""
    claims = [event.by.removeprefix(_INVOICE) for event in log if event.action == "claim_for_invoice"]
    return [each for each in dict.fromkeys(reversed(claims)) if each != present]
