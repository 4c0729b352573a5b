"""Routes of sums of vendor bills: of a list, month by month, and the list as CSV."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.bills.calls.figures import csv_download, monthly_costs, sums_of
from api.bills.deps import Figures, Reader
from api.bills.figure_schemas import BillSums, MonthlyCosts
from api.bills.filters import BillCsvFilter, BillFilter, MonthsQuery
from api.deps import TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.file_exports import CSV

router = APIRouter(prefix="/vendor-bills", tags=["bills"], route_class=DecimalJsonRoute)

_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 503)}


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
