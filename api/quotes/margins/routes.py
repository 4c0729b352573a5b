"""Routes of margins. Only those read them who have the permission `finance`."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from api.deps import StateDep, TodayDep
from api.http.envelopes import Envelope, Meta
from api.http.error_responses import errors
from api.http.file_exports import CSV, XLSX
from api.http.parameters import Paging
from api.http.row_files import csv_file, xlsx_file
from api.quotes.margins.filters import FlagFilter, GroupedFilter, MarginFilter, RowPage, WorklogPage
from api.quotes.margins.repository import Analysis, MarginAnalysis
from api.quotes.margins.schemas import (
    Flags,
    FlagView,
    MarginReport,
    MarginRowView,
    MissingView,
    WorklogMargin,
    WorklogReport,
    WriteOffView,
)
from api.quotes.schemas import ExchangeRateView
from api.reads import ReadsDep
from api.settings.cost_access import CostReader
from api.settings.deps import IssuerZoneDep
from models.quotes.margins.entries import MarginEntry
from models.quotes.margins.rows import GroupBy, margin_rows, write_off_sums
from models.values.period import Period

router = APIRouter(tags=["margins"])


async def margin_analysis(state: StateDep, reads: ReadsDep) -> MarginAnalysis:
    return MarginAnalysis(state.engines.exports, reads)


AnalysisDep = Annotated[MarginAnalysis, Depends(margin_analysis)]
_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 403, 503)}
_XLSX = {200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}, **errors(400, 401, 403, 503)}


@router.get("/margins", summary="What remained of the invoiced work", responses=errors(400, 401, 403, 503))
async def margins(
    asked: Annotated[RowPage, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> MarginReport:
    """Revenue of the issued invoices less the cost of their work and overhead, by invoice, contract, client, person,
    project or month. Nothing is guessed: what is missing to know a cost is in `missing`, and a row that needs it has no
    margin."""
    found = await analysis.entries(asked, today)
    return await asyncio.to_thread(margin_report, found, asked.group_by, asked)


@router.get("/margins.csv", summary="The margins as CSV", response_class=Response, responses=_CSV)
async def margins_csv(
    asked: Annotated[GroupedFilter, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> Response:
    found = await analysis.entries(asked, today)
    return csv_file(MarginRowView, await _rows(found, asked.group_by), _name("margins", found.months, "csv"))


@router.get("/margins.xlsx", summary="The margins for Excel", response_class=StreamingResponse, responses=_XLSX)
async def margins_xlsx(
    asked: Annotated[GroupedFilter, Query()],
    analysis: AnalysisDep,
    _: CostReader,
    today: TodayDep,
    zone: IssuerZoneDep,
) -> Response:
    found = await analysis.entries(asked, today)
    rows = await _rows(found, asked.group_by)
    return await xlsx_file(MarginRowView, rows, "Margins", _name("margins", found.months, "xlsx"), zone)


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
    found = await analysis.entries(asked, today)
    rows = await asyncio.to_thread(lambda: [WorklogMargin.of(each) for each in sorted(found.entries, key=_place)])
    return csv_file(WorklogMargin, rows, _name("margin-worklogs", found.months, "csv"))


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
    found = await analysis.entries(asked, today)
    rows = await asyncio.to_thread(lambda: [WorklogMargin.of(each) for each in sorted(found.entries, key=_place)])
    return await xlsx_file(WorklogMargin, rows, "Worklogs", _name("margin-worklogs", found.months, "xlsx"), zone)


@router.get("/margins/flags", summary="Contracts below their target margin", responses=errors(400, 401, 403, 503))
async def margin_flags(
    asked: Annotated[FlagFilter, Query()], analysis: AnalysisDep, _: CostReader, today: TodayDep
) -> Envelope[Flags]:
    """The contracts whose net margin is below the target, each with the rate, base or limit that would have reached it.
    They are shown in their own currencies. A contract of which a cost is missing is not judged."""
    return Envelope(data=await flags_of(analysis, asked, today))


async def flags_of(analysis: MarginAnalysis, asked: FlagFilter, today: TodayDep) -> Flags:
    """Return the contracts below the target that is asked for, or below that of the settings."""
    targets = await analysis.targets()
    wanted = targets.target_percent if asked.target_percent is None else asked.target_percent
    months, found = await analysis.flags(asked, today, wanted)
    return Flags(
        period_from=months.start,
        period_to=months.end,
        target_percent=wanted,
        contracts=[FlagView.of(each) for each in found],
    )


def margin_report(found: Analysis, group_by: GroupBy, paging: Paging) -> MarginReport:
    """Return one page of the rows, and what belongs to all of them."""
    rows = margin_rows(found.entries, group_by)
    return MarginReport(
        data=[MarginRowView.of(row) for row in rows[paging.offset : paging.offset + paging.per_page]],
        meta=Meta(total=len(rows), page=paging.page, per_page=paging.per_page),
        period_from=found.months.start,
        period_to=found.months.end,
        totals=[MarginRowView.of(row) for row in margin_rows(found.entries, GroupBy.ALL)],
        trend=[MarginRowView.of(row) for row in margin_rows(found.entries, GroupBy.MONTH)],
        write_offs=[WriteOffView.of(each) for each in write_off_sums(found.entries)],
        missing=[MissingView.of(each) for each in found.found.missing],
        exchange_rates=[ExchangeRateView.model_validate(each) for each in found.found.exchange_rates],
        warnings=list(found.found.warnings),
    )


def worklog_report(found: Analysis, paging: Paging) -> WorklogReport:
    """Return one page of the worklogs."""
    every = sorted(found.entries, key=_place)
    shown = every[paging.offset : paging.offset + paging.per_page]
    return WorklogReport(
        data=[WorklogMargin.of(each) for each in shown],
        meta=Meta(total=len(every), page=paging.page, per_page=paging.per_page),
        period_from=found.months.start,
        period_to=found.months.end,
    )


async def _rows(found: Analysis, group_by: GroupBy) -> list[MarginRowView]:
    return await asyncio.to_thread(lambda: [MarginRowView.of(row) for row in margin_rows(found.entries, group_by)])


def _place(entry: MarginEntry) -> tuple[str, str, str, str]:
    """Return by what worklogs are sorted: invoice, day, issue and id; what is on no invoice comes last."""
    worklog = entry.worklog
    day, issue = (str(worklog.started_on), worklog.issue_key) if worklog else ("", "")
    return entry.place.invoice or "~", day, issue, entry.worklog_id


def _name(report: str, months: Period, kind: str) -> str:
    return f"{report}-{months.label}.{kind}"
