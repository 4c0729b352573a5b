"""The import of orders from CSV: first what each row would do, then the same file applied."""

import base64
import binascii

from fastapi import APIRouter, Request, Response

from api.deps import NowDep
from api.pages.forms.fields import upload_of
from api.pages.forms.keys import form_key
from api.pages.orders import order_words
from api.pages.orders.deps import OrderDeskDep, OrderEditorDep, OrderWritesDep
from api.pages.rendering import Desk
from api.partners.orders.batches import receive_file
from api.partners.orders.deps import acting
from api.partners.orders.schemas import BatchReport
from api.uploads import UploadRoute
from models.partners.orders.csv_columns import SHEET
from models.settings.csv_sheet import SheetRefused

router = APIRouter(prefix="/orders/import", include_in_schema=False, route_class=UploadRoute)

SHOWN_ROWS = 500
LARGEST = 10 * 2**20


@router.get("")
async def import_form(desk: OrderDeskDep, _: OrderEditorDep) -> Response:
    return _page(desk)


@router.post("")
async def import_orders(
    request: Request, desk: OrderDeskDep, actor: OrderEditorDep, orders: OrderWritesDep, now: NowDep
) -> Response:
    """Show what each row does. With `apply` it is done; the file travels in the form, so that it is the same one.

    An applied file that is sent again changes nothing, because its rows are repetitions.
    """
    posted = await request.form(max_files=1, max_fields=10, max_part_size=2 * LARGEST)
    form_key(posted)
    upload = upload_of(posted, "file")
    content = await upload.read() if upload else _carried(str(posted.get("content", "")))
    if not content:
        return _page(desk, 400, error="choose a CSV file first")
    if len(content) > LARGEST:
        return _page(desk, 400, error="the file has more than 10 MiB; split it")
    is_dry = posted.get("apply") != "true"
    try:
        report = await receive_file(orders, content, acting(actor, "csv"), now, dry_run=is_dry)
    except SheetRefused as refused:
        return _page(desk, 400, error=str(refused))
    return _page(desk, 200, report=report, content=base64.b64encode(content).decode(), is_dry=is_dry)


def _carried(text: str) -> bytes:
    """Return the file that the form of the dry run carries; nothing when it is damaged."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _page(
    desk: Desk,
    status: int = 200,
    report: BatchReport | None = None,
    content: str = "",
    *,
    is_dry: bool = True,
    error: str = "",
) -> Response:
    rows = report.rows if report else []
    return desk.page(
        "orders/import.html.j2",
        status=status,
        report=report,
        rows=sorted(rows, key=lambda row: not row.errors)[:SHOWN_ROWS],
        hidden=max(0, len(rows) - SHOWN_ROWS),
        is_wrong=any(row.errors for row in rows),
        is_dry=is_dry,
        content=content,
        errors={"file": error} if error else {},
        columns=SHEET.names,
        required=SHEET.required_names,
        order_words=order_words,
    )
