"""Routes of margins. Only those read them who have the permission `finance`."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from api.deps import TodayDep
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.file_exports import CSV, XLSX
from api.quotes.margins import downloads
from api.quotes.margins.deps import AnalysisDep
from api.quotes.margins.filters import FlagFilter, GroupedFilter, MarginFilter, RowPage, WorklogPage
from api.quotes.margins.reports import flags_of, margin_report, worklog_report
from api.quotes.margins.schemas import Flags, InvoicedMargins, WorklogReport
from api.settings.cost_access import CostReader
from api.settings.deps import IssuerZoneDep

router = APIRouter(tags=["margins"])


_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 403, 503)}
_XLSX = {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}, **errors(400, 401, 403, 503)}


@router.get("/margins", summary="What remained of the invoiced work", responses=errors(400, 401, 403, 503))
async def margins(
    asked: Annotated[RowPage, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> InvoicedMargins:
    """Revenue of the issued invoices less the cost of their work and overhead, by invoice, contract, client, person,
    project or month. Nothing is guessed: what is missing to know a cost is in `missing`, and a row that needs it has no
    margin."""
    found = await analysis.entries(asked, today)
    return await asyncio.to_thread(margin_report, found, asked.group_by, asked)


@router.get("/margins.csv", summary="The margins as CSV", response_class=Response, responses=_CSV)
async def margins_csv(
    asked: Annotated[GroupedFilter, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> Response:
    return await downloads.rows_csv(analysis, asked, today)


@router.get("/margins.xlsx", summary="The margins for Excel", response_class=StreamingResponse, responses=_XLSX)
async def margins_xlsx(
    asked: Annotated[GroupedFilter, Query()],
    analysis: AnalysisDep,
    _: CostReader,
    today: TodayDep,
    zone: IssuerZoneDep,
) -> Response:
    return await downloads.rows_xlsx(analysis, asked, today, zone)


@router.get("/margins/worklogs", summary="The worklogs behind the margins", responses=errors(400, 401, 403, 503))
async def margin_worklogs(
    asked: Annotated[WorklogPage, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> WorklogReport:
    """Each worklog with its part of the revenue and its cost, which is explained. The rows are their sums."""
    return worklog_report(await analysis.entries(asked, today), asked)


@router.get(
    "/margins/worklogs.csv", summary="The worklogs behind the margins, as CSV", response_class=Response, responses=_CSV
)
async def margin_worklogs_csv(
    asked: Annotated[MarginFilter, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> Response:
    return await downloads.worklogs_csv(analysis, asked, today)


@router.get(
    "/margins/worklogs.xlsx",
    summary="The worklogs behind the margins, for Excel",
    response_class=StreamingResponse,
    responses=_XLSX,
)
async def margin_worklogs_xlsx(
    asked: Annotated[MarginFilter, Query()],
    analysis: AnalysisDep,
    _: CostReader,
    today: TodayDep,
    zone: IssuerZoneDep,
) -> Response:
    return await downloads.worklogs_xlsx(analysis, asked, today, zone)


@router.get("/margins/flags", summary="Contracts below their target margin", responses=errors(400, 401, 403, 503))
async def margin_flags(
    asked: Annotated[FlagFilter, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> Envelope[Flags]:
    """The contracts whose net margin is below the target, each with the rate, base or limit that would have reached it.
    They are shown in their own currencies. A contract of which a cost is missing is not judged."""
    return Envelope(data=await flags_of(analysis, asked, today))
