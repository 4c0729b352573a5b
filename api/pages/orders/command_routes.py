"""The commands of an order as forms. A form becomes the body of the API's route and is given to the same store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.access.deps import Actor, require
from api.deps import AppState, NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict
from api.http.validation_messages import field_errors
from api.pages.forms.fields import Control, FormField, read, upload_of
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.orders.command_form import OrderForm
from api.pages.orders.command_forms import form_named
from api.pages.orders.deps import OrderDeskDep, OrderEditorDep, OrderReadsDep, OrderWritesDep, PageOrderDep
from api.pages.orders.order_words import STATUSES
from api.pages.rendering import Desk, url_query
from api.partners.orders.deps import acting
from api.uploads import UploadRoute, stored_upload
from models.partners.dockets.validity import problems
from models.partners.orders.attachment import Attachment, Owner
from models.partners.orders.commands import REQUEST
from models.partners.orders.order import Order
from models.values.request_fingerprint import idempotency_key_of

router = APIRouter(prefix="/orders/{order_key}/commands", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 60
_KNOWN = "known."  # before the name of a field for a file: one that is attached already
_MOMENTS_OF_NOW = ("received_at", "uploaded_at", "at", "portal_time")


@router.get("/{command}")
async def show_form(
    desk: OrderDeskDep,
    order: PageOrderDep,
    command: str,
    actor: OrderEditorDep,
    state: StateDep,
    now: NowDep,
    to: Annotated[str, Query(max_length=40)] = "",
    blocker_id: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Show the form of a command, filled in with what is known."""
    form = _form(order, command, to, actor)
    files = await state.attachments.of(Owner.ORDER, order.order_key)
    proposed = {name: now.astimezone(desk.formats.zone).strftime("%Y-%m-%dT%H:%M") for name in _MOMENTS_OF_NOW}
    known = {
        "installer": order.installer or "",
        "splitter_id": order.splitter_id or "",
        "splitter_ports": str(order.splitter_ports or ""),
        "splitter_port": str(order.splitter_port or ""),
        "blocker_id": blocker_id,
        "revision": str(order.revision),
    }
    return form_response(desk, _page(desk, order, form, files), {**proposed, **known}, **_shown(desk, order, form))


@router.post("/{command}")
async def give_command(
    request: Request,
    desk: OrderDeskDep,
    order: PageOrderDep,
    command: str,
    actor: OrderEditorDep,
    orders: OrderWritesDep,
    reads: OrderReadsDep,
    state: StateDep,
    now: NowDep,
    to: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Give the command, and show the order with the event that it has made. After a refusal show the form again."""
    posted = await request.form(max_files=4, max_fields=MOST_FIELDS)
    key = form_key(posted)
    sent_before = await repeated(reads, order, key)
    if sent_before is not None:
        return done(desk, order, sent_before)
    form = _form(order, command, to, actor)
    files = await state.attachments.of(Owner.ORDER, order.order_key)
    page = _page(desk, order, form, files)
    typed = read(tuple(page.fields), posted, desk.formats.zone)
    texts, errors = dict(typed.texts), dict(typed.errors)
    values: dict[str, Any] = {**typed.values, **form.fixed}
    try:
        stored = await _stored(state, form, posted, order, actor, now)
        texts |= stored
        body, found = _body(form, _nested(values, stored)) if not errors else (None, {})
        errors |= found
        if body is None:
            shown = _shown(desk, order, form)
            return form_response(desk, page, texts, status=400, key=key, errors=errors, **shown)
        changed = await orders.change(order.order_key, body, acting(actor, "desk"), now, key)
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _refused(desk, reads, order, form, page, texts, key, refused)
    return done(desk, changed, changed.revision)


async def _refused(
    desk: Desk,
    reads: OrderReadsDep,
    order: Order,
    form: OrderForm,
    page: FormPage,
    texts: Mapping[str, str],
    key: str,
    refused: ApiError,
) -> Response:
    """Show the form again as far as the order's present state still has it; else the refusal alone."""
    current = await reads.read(order.order_key)
    if form_named(current, form.name, str(form.fixed.get("to", ""))) is None:
        raise refused
    newer = {**texts, "revision": str(current.revision)} if isinstance(refused, Conflict) else texts
    return refused_response(desk, page, newer, key, refused, **_shown(desk, current, form))


def _form(order: Order, command: str, to: str, actor: Actor) -> OrderForm:
    """Return the form. Raise Conflict when the state has no such command now, and Forbidden below its role."""
    form = form_named(order, command, to)
    if form is None:
        holder = f" It stands on invoice {order.invoice_id}." if order.invoice_id else ""
        raise Conflict(f"{command} is not possible now: order {order.order_key} is {order.status}.{holder}")
    require(actor, form.role, form.name)
    return form


def _page(desk: Desk, order: Order, form: OrderForm, files: Sequence[Attachment]) -> FormPage:
    to = form.fixed.get("to")
    return FormPage(
        label=form.label,
        busy=form.busy,
        text=form.text,
        fields=(*_fields(form, files), FormField("revision", "", Control.HIDDEN)),
        address=f"/orders/{order.order_key}/commands/{form.name}" + (f"?to={to}" if to else ""),
        cancel=f"/orders/{order.order_key}",
        about=(order.order_key, order.service_id, desk.text(STATUSES[order.status])),
        is_dangerous=form.is_dangerous,
    )


def _fields(form: OrderForm, files: Sequence[Attachment]) -> list[FormField]:
    """Return the fields; beside one for a file a choice of those that are attached already."""
    found = []
    for each in form.fields:
        if each.control is Control.FILE and files:
            found.append(replace(each, is_required=False))
            options = {file.id: file.name for file in files}
            label = N_("or a file of the order")
            found.append(FormField(f"{_KNOWN}{each.name}", label, Control.SELECT, options=options, has_own_words=True))
        else:
            found.append(each)
    return found


def _shown(desk: Desk, order: Order, form: OrderForm) -> dict[str, Any]:
    """Return what the template shows beside the fields: the zone of moments, and how the paper differs."""
    paper = order.docket.paper if order.docket else None
    is_review = form.name in ("review_docket", "send_back_docket")
    return {
        "template": "orders/command.html.j2",
        "zone": desk.formats.zone.key,
        "problems_of_paper": problems(order, paper) if is_review and paper else None,
    }


async def _stored(
    state: AppState, form: OrderForm, posted: FormData, order: Order, actor: Actor, now: datetime
) -> dict[str, str]:
    """Store the chosen files as attachments of the order; return the ids of the new or the chosen ones by field."""
    found = {}
    for each in form.fields:
        if each.control is not Control.FILE:
            continue
        known = posted.get(f"{_KNOWN}{each.name}")
        if upload := upload_of(posted, each.name):
            attachment = await stored_upload(
                state, each.name, upload, Owner.ORDER, order.order_key, actor.username, now
            )
            found[each.name] = attachment.id
        elif kept := posted.get(each.name):
            found[each.name] = str(kept)
        elif isinstance(known, str) and known:
            found[each.name] = known
    return found


def _nested(values: Mapping[str, Any], stored: Mapping[str, str]) -> dict[str, Any]:
    """Return the body: `paper.serial` inside `paper`, the files as a list, and without the choices of files."""
    body: dict[str, Any] = {}
    for name, value in values.items():
        outer, _, inner = name.partition(".")
        if name.startswith(_KNOWN) or (name == "revision" and not value):
            continue
        if inner:
            body.setdefault(outer, {})[inner] = value
        else:
            body[name] = int(value) if name == "revision" else value
    body |= {name: [each] if name == "files" else each for name, each in stored.items()}
    return body


def _body(form: OrderForm, values: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    try:
        return form.command.model_validate(dict(values)), {}
    except ValidationError as error:
        located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
        return None, {each.path: each.message for each in field_errors(located, {"body": form.command})}


async def repeated(reads: OrderReadsDep, order: Order, key: str) -> int | None:
    """Return the event that an earlier sending of this form has made."""
    log = await reads.log(order.order_key)
    return next((event.seq for event in log if idempotency_key_of(event.details.get(REQUEST, "")) == key), None)


def done(desk: Desk, order: Order, seq: int) -> Response:
    return RedirectResponse(f"/orders/{order.order_key}{url_query({'done': seq, **desk.carried})}", 303)
