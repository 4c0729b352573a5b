"""Routes of sums of vendor bills: of a list, month by month, and the list as CSV."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import RowMapping

from api.bills.deps import Reader
from api.bills.figure_schemas import BillSum, BillSums, CurrencyCosts, MonthlyCosts
from api.bills.figures import BillFigures
from api.bills.filters import BillCsvFilter, BillFilter, MonthsQuery
from api.deps import StateDep, TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.file_exports import BOM, CSV, as_text, attached, csv_lines
from models.bills.monthly_costs import MonthsBy, by_currency, months_until
from models.values.period import Period

router = APIRouter(prefix="/vendor-bills", tags=["bills"], route_class=DecimalJsonRoute)

CSV_FIELDS: Final = (
    *("id", "provider", "account", "provider_invoice_id", "number", "issuer", "period_start", "period_end"),
    *("issued_at", "status", "version", "currency", "net", "tax", "gross", "line_count", "adds_up"),
    *("push_state", "push_note", "finance_invoice_id", "pushed_to_finance_at"),
)
_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 503)}


async def _figures(state: StateDep) -> BillFigures:
    return BillFigures(state.engines.queries, state.engines.exports)


Figures = Annotated[BillFigures, Depends(_figures)]


@router.get("/totals", summary="The sums of vendor bills by currency", responses=errors(400, 401, 503))
async def sum_bills(filters: Annotated[BillFilter, Query()], figures: Figures, _: Reader) -> Envelope[BillSums]:
    """Of all bills that match the filters of the list."""
    return Envelope(data=await sums_of(figures, filters))


@router.get("/months", summary="The costs of vendor bills month by month", responses=errors(400, 401, 503))
async def bill_months(
    query: Annotated[MonthsQuery, Query()], figures: Figures, today: TodayDep, _: Reader
) -> Envelope[MonthlyCosts]:
    """Without tax and voided bills, by provider or by service, in the month in which each billing period begins."""
    return Envelope(data=await monthly_costs(figures, query, today))


@router.get(".csv", summary="Vendor bills as CSV", response_class=StreamingResponse, responses=_CSV)
async def export_bills(filters: Annotated[BillCsvFilter, Query()], figures: Figures, _: Reader) -> StreamingResponse:
    """Returns all matching bills. UTF-8, separated by commas, costs with a point and all decimals."""
    return await csv_download(figures, filters)


async def sums_of(figures: BillFigures, filters: BillFilter) -> BillSums:
    """Return the sums of the bills that match."""
    return BillSums(totals=[BillSum.model_validate(dict(row)) for row in await figures.sums(filters)])


async def monthly_costs(figures: BillFigures, query: MonthsQuery, today: date) -> MonthlyCosts:
    """Return the costs of the months until the one that is asked for, or until the present one."""
    last = Period.parse(query.until) if query.until else Period.month(today.year, today.month)
    months = months_until(last, query.months)
    counted = await figures.months(query, MonthsBy.PROVIDER, months[0], last.end)
    found = await figures.months(query, query.by, months[0], last.end) if query.by != MonthsBy.PROVIDER else counted
    currencies = [CurrencyCosts.of(each) for each in by_currency(found, counted, months)]
    return MonthlyCosts(by=query.by, months=list(months), currencies=currencies)


async def csv_download(figures: BillFigures, filters: BillCsvFilter) -> StreamingResponse:
    """Return the file. Its first part is read before the response starts, so that a failure gets its own status."""
    text = _csv_text(figures, filters)
    first = await anext(text)

    async def all_text() -> AsyncIterator[str]:
        yield first
        async for chunk in text:
            yield chunk

    return StreamingResponse(all_text(), media_type=CSV, headers=attached("vendor-bills.csv"))


async def _csv_text(figures: BillFigures, filters: BillCsvFilter) -> AsyncIterator[str]:
    header = (BOM if filters.bom else "") + csv_lines([CSV_FIELDS])
    async for batch in figures.all_bills(filters):
        yield header + csv_lines(_cells(row) for row in batch)
        header = ""
    if header:
        yield header


def _cells(row: RowMapping) -> list[str]:
    return [as_text(row[field]) for field in CSV_FIELDS]
