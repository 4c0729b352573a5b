"""Routes of the lines of a vendor's bill: a page, all of them as CSV, and their totals."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.bills.calls.lines import LineCsvFilter, group_totals, line_version, lines_download
from api.bills.deps import BillId, Bills, Reader
from api.bills.filters import LineQuery
from api.bills.schemas import GroupBy, GroupTotals, LinePage, LineView
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.file_exports import CSV

router = APIRouter(prefix="/vendor-bills/{bill_id}", tags=["bills"], route_class=DecimalJsonRoute)

_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 404, 503)}


@router.get("/lines", summary="The lines of a bill", responses=errors(400, 401, 404, 503))
async def list_bill_lines(bill_id: BillId, query: Annotated[LineQuery, Query()], bills: Bills, _: Reader) -> LinePage:
    """Returns the lines in the order of the file. Costs have all decimals of the file."""
    version = await line_version(bills, bill_id, query)
    found = await bills.lines(bill_id, version, query)
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]["position"]) if len(found) > len(shown) else None
    return LinePage(data=[LineView.model_validate(dict(row)) for row in shown], next_cursor=following)


@router.get("/lines.csv", summary="The lines of a bill as CSV", response_class=StreamingResponse, responses=_CSV)
async def export_bill_lines(
    bill_id: BillId, filters: Annotated[LineCsvFilter, Query()], bills: Bills, _: Reader
) -> StreamingResponse:
    """Returns all matching lines. UTF-8, separated by commas, costs with a point and all decimals."""
    return await lines_download(bill_id, filters, bills)


@router.get(
    "/totals", summary="The totals of a bill by service, project and more", responses=errors(400, 401, 404, 503)
)
async def bill_totals(
    bill_id: BillId, bills: Bills, _: Reader, by: Annotated[GroupBy, Query()] = GroupBy.SERVICE
) -> Envelope[GroupTotals]:
    """Returns the 200 greatest groups of the newest version, and the sums of all others together."""
    return Envelope(data=await group_totals(bill_id, by, bills))
