"""The form of the materials and the replaced devices of an order: a row for each, and some empty ones."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.deps import NowDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import Conflict
from api.http.validation_messages import field_errors
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.orders.command_routes import done, repeated
from api.pages.orders.deps import OrderDeskDep, OrderEditorDep, OrderReadsDep, OrderWritesDep, PageOrderDep
from api.partners.orders.deps import acting
from api.uploads import UploadRoute
from models.partners.orders.commands import LogMaterials
from models.partners.orders.order import Order
from models.values.money import plain
from models.values.typed_amounts import typed_amount

router = APIRouter(prefix="/orders/{order_key}/materials", include_in_schema=False, route_class=UploadRoute)

MATERIAL = {
    "code": N_("Code"),
    "description": N_("Description"),
    "quantity": N_("Quantity"),
    "unit_price": N_("Price charged to the partner"),
    "serial": N_("Serial"),
}
REPLACEMENT = {
    "old_serial": N_("Old serial"),
    "new_serial": N_("New serial"),
    "approved_by": N_("Approved by"),
    "notes": N_("Notes"),
}
EMPTY_ROWS = 4
MOST_FIELDS = 1_500  # two hundred materials and a hundred replacements
_AMOUNTS = ("quantity", "unit_price")


@router.get("")
async def show_materials(desk: OrderDeskDep, order: PageOrderDep, _: OrderEditorDep) -> Response:
    """Show what is recorded, to be corrected."""
    if order.is_final or order.invoice_id is not None:
        raise Conflict(f"The materials of order {order.order_key} cannot be changed: it is {order.status}.")
    return form_response(desk, _page(order), {"revision": str(order.revision)}, **_shown(_recorded(order)))


@router.post("")
async def log_materials(
    request: Request,
    desk: OrderDeskDep,
    order: PageOrderDep,
    actor: OrderEditorDep,
    orders: OrderWritesDep,
    reads: OrderReadsDep,
    now: NowDep,
) -> Response:
    """Record the rows that are filled in; they replace what was recorded before."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key = form_key(posted)
    sent_before = await repeated(reads, order, key)
    if sent_before is not None:
        return done(desk, order, sent_before)
    rows = {kind: _rows(posted, kind, fields) for kind, fields in (("materials", MATERIAL), ("rma", REPLACEMENT))}
    errors: dict[str, str] = {}
    body: dict[str, Any] = {kind: _values(kind, found, errors) for kind, found in rows.items()}
    revision = str(posted.get("revision", ""))
    body |= {"revision": int(revision)} if revision.isdecimal() and len(revision) < 10 else {}
    texts, page = {"revision": revision}, _page(order)
    if not errors:
        try:
            command = LogMaterials.model_validate(body)
        except ValidationError as error:
            located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
            errors = {each.path: each.message for each in field_errors(located, {"body": LogMaterials})}
    if errors:
        return form_response(desk, page, texts, status=400, key=key, errors=errors, **_shown(rows))
    try:
        changed = await orders.change(order.order_key, command, acting(actor, "desk"), now, key)
    except EXPECTED as error:
        refused = expected_error(request, error)
        current = await reads.read(order.order_key)
        texts = {"revision": str(current.revision)} if isinstance(refused, Conflict) else texts
        return refused_response(desk, page, texts, key, refused, **_shown(rows))
    return done(desk, changed, changed.revision)


def _page(order: Order) -> FormPage:
    return FormPage(
        label=N_("Record the materials"),
        busy=N_("Recording…"),
        text=N_("What the job used. A row without a code is left out; no row at all says that nothing was used."),
        fields=(),
        address=f"/orders/{order.order_key}/materials",
        cancel=f"/orders/{order.order_key}",
        about=(order.order_key, order.service_id),
    )


def _shown(rows: Mapping[str, list[dict[str, str]]]) -> dict[str, Any]:
    return {
        "template": "orders/materials.html.j2",
        "materials": [*rows["materials"], *({} for _ in range(EMPTY_ROWS))],
        "replacements": [*rows["rma"], *({} for _ in range(EMPTY_ROWS // 2))],
        "material_labels": MATERIAL,
        "replacement_labels": REPLACEMENT,
    }


def _recorded(order: Order) -> dict[str, list[dict[str, str]]]:
    """Return what the order has, as texts of the fields."""
    return {"materials": [_texts(each) for each in order.materials], "rma": [_texts(each) for each in order.rma]}


def _texts(row: Any) -> dict[str, str]:
    fields = row.model_dump()
    amounts = {name: plain(fields[name]) for name in _AMOUNTS if fields.get(name) is not None}
    return {name: str(value) for name, value in {**fields, **amounts}.items() if value is not None}


def _rows(posted: FormData, kind: str, fields: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows that hold anything, in their order."""
    columns = {name: [str(each).strip() for each in posted.getlist(f"{kind}.{name}")] for name in fields}
    count = max(map(len, columns.values()), default=0)
    rows = ({name: texts[n] if n < len(texts) else "" for name, texts in columns.items()} for n in range(count))
    return [row for row in rows if any(row.values())]


def _values(kind: str, rows: list[dict[str, str]], errors: dict[str, str]) -> list[dict[str, str]]:
    """Return the rows for the body, without empty fields; an amount that cannot be read gets a message."""
    found = []
    for number, row in enumerate(rows):
        values = {name: text for name, text in row.items() if text}
        for name in _AMOUNTS:
            if name in values:
                try:
                    values[name] = plain(typed_amount(values[name]))
                except ValueError as error:
                    errors[f"{kind}.{number}.{name}"] = str(error)
        found.append(values)
    return found
