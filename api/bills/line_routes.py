"""Routes of the lines of a vendor's bill: a page, all of them as CSV, and their totals."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import RowMapping

from api.bills.deps import BillId, Bills, Reader
from api.bills.filters import LineFilter, LineQuery
from api.bills.repository import LINE_COLUMNS, BillRepository
from api.bills.schemas import GroupBy, GroupTotal, GroupTotals, LinePage, LineView
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.file_exports import BOM, CSV, as_text, attached, csv_lines

router = APIRouter(prefix="/vendor-bills/{bill_id}", tags=["bills"], route_class=DecimalJsonRoute)

_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 404, 503)}
_FIELDS = [column.name for column in LINE_COLUMNS]


class CsvFilter(LineFilter):
    """Filters of the CSV."""

    bom: bool = False


@router.get("/lines", summary="The lines of a bill", responses=errors(400, 401, 404, 503))
async def list_bill_lines(bill_id: BillId, query: Annotated[LineQuery, Query()], bills: Bills, _: Reader) -> LinePage:
    """Returns the lines in the order of the file. Costs have all decimals of the file."""
    version = await _version(bills, bill_id, query)
    found = await bills.lines(bill_id, version, query)
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]["position"]) if len(found) > len(shown) else None
    return LinePage(data=[LineView.model_validate(dict(row)) for row in shown], next_cursor=following)


@router.get("/lines.csv", summary="The lines of a bill as CSV", response_class=StreamingResponse, responses=_CSV)
async def export_bill_lines(
    bill_id: BillId, filters: Annotated[CsvFilter, Query()], bills: Bills, _: Reader
) -> StreamingResponse:
    """Returns all matching lines. UTF-8, separated by commas, costs with a point and all decimals."""
    version = await _version(bills, bill_id, filters)
    text = _csv_text(bills, bill_id, version, filters)
    first = await anext(text)  # read before the response starts, so that a failure gets its own status

    async def all_text() -> AsyncIterator[str]:
        yield first
        async for chunk in text:
            yield chunk

    return StreamingResponse(all_text(), media_type=CSV, headers=attached(f"bill-{bill_id[:8]}-v{version}.csv"))


@router.get(
    "/totals", summary="The totals of a bill by service, project and more", responses=errors(400, 401, 404, 503)
)
async def bill_totals(
    bill_id: BillId, bills: Bills, _: Reader, by: Annotated[GroupBy, Query()] = GroupBy.SERVICE
) -> Envelope[GroupTotals]:
    """Returns the 200 greatest groups of the newest version, and the sums of all others together."""
    bill = await _bill(bills, bill_id)
    groups, others = await bills.totals(bill_id, bill["version"], by)
    return Envelope(
        data=GroupTotals(
            by=by,
            currency=bill["currency"],
            groups=[GroupTotal.model_validate(dict(row)) for row in groups],
            others=GroupTotal(name=None, **others) if others else None,
        )
    )


async def _csv_text(bills: BillRepository, bill_id: str, version: int, filters: CsvFilter) -> AsyncIterator[str]:
    """Yield the header with the first batch, then a chunk for each batch."""
    header = (BOM if filters.bom else "") + csv_lines([_FIELDS])
    async for batch in bills.all_lines(bill_id, version, filters):
        yield header + csv_lines([_cell(row, field) for field in _FIELDS] for row in batch)
        header = ""
    if header:
        yield header


def _cell(row: RowMapping, field: str) -> str:
    value = row[field]
    if field == "tags":
        return "; ".join(f"{name}={text}" for name, text in (value or {}).items())
    return as_text(value)


async def _version(bills: BillRepository, bill_id: str, filters: LineFilter) -> int:
    bill = await _bill(bills, bill_id)
    version = filters.version or bill["version"]
    if version > bill["version"]:
        raise NotFound(f"The bill {bill_id} has no version {version}; its newest one is {bill['version']}.")
    return int(version)


async def _bill(bills: BillRepository, bill_id: str) -> RowMapping:
    found = await bills.bill(bill_id)
    if found is None:
        raise NotFound(f"There is no bill {bill_id}.")
    return found
