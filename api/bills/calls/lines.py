"""The lines of a vendor's bill as CSV, and their totals."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi.responses import StreamingResponse
from sqlalchemy import RowMapping

from api.bills.filters import LineFilter
from api.bills.repository import LINE_COLUMNS, BillRepository
from api.bills.schemas import GroupBy, GroupTotal, GroupTotals
from api.errors import NotFound
from api.http.file_exports import BOM, CSV, as_text, attached, csv_lines

FIELDS: Final = [column.name for column in LINE_COLUMNS]


class LineCsvFilter(LineFilter):
    """Filters of the CSV."""

    bom: bool = False


async def lines_download(bill_id: str, filters: LineCsvFilter, bills: BillRepository) -> StreamingResponse:
    """Return all matching lines as a file. Raise NotFound when there is no such bill or version."""
    version = await line_version(bills, bill_id, filters)
    text = _csv_text(bills, bill_id, version, filters)
    first = await anext(text)  # read before the response starts, so that a failure gets its own status

    async def all_text() -> AsyncIterator[str]:
        yield first
        async for chunk in text:
            yield chunk

    return StreamingResponse(all_text(), media_type=CSV, headers=attached(f"bill-{bill_id[:8]}-v{version}.csv"))


async def group_totals(bill_id: str, by: GroupBy, bills: BillRepository) -> GroupTotals:
    """Return the greatest groups of the newest version, and the sums of all others together."""
    bill = await _bill(bills, bill_id)
    groups, others = await bills.totals(bill_id, bill["version"], by)
    return GroupTotals(
        by=by,
        currency=bill["currency"],
        groups=[GroupTotal.model_validate(dict(row)) for row in groups],
        others=GroupTotal(name=None, **others) if others else None,
    )


async def line_version(bills: BillRepository, bill_id: str, filters: LineFilter) -> int:
    """Return the version that the filters ask for, by default the newest one."""
    bill = await _bill(bills, bill_id)
    version = filters.version or bill["version"]
    if version > bill["version"]:
        raise NotFound(f"The bill {bill_id} has no version {version}; its newest one is {bill['version']}.")
    return int(version)


async def _csv_text(bills: BillRepository, bill_id: str, version: int, filters: LineCsvFilter) -> AsyncIterator[str]:
    """Yield the header with the first batch, then a chunk for each batch."""
    header = (BOM if filters.bom else "") + csv_lines([FIELDS])
    async for batch in bills.all_lines(bill_id, version, filters):
        yield header + csv_lines([_cell(row, field) for field in FIELDS] for row in batch)
        header = ""
    if header:
        yield header


def _cell(row: RowMapping, field: str) -> str:
    value = row[field]
    if field == "tags":
        return "; ".join(f"{name}={text}" for name, text in (value or {}).items())
    return as_text(value)


async def _bill(bills: BillRepository, bill_id: str) -> RowMapping:
    found = await bills.bill(bill_id)
    if found is None:
        raise NotFound(f"There is no bill {bill_id}.")
    return found
