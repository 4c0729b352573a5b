"""Routes of the reports of payouts and margins. They are for managers, because margins are confidential."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import StreamingResponse

from api.access.deps import require_role
from api.deps import StateDep
from api.errors import NotFound
from api.http.envelopes import Envelope, Meta
from api.http.error_responses import errors
from api.http.file_exports import CSV, XLSX
from api.http.row_files import csv_file, xlsx_file
from api.partners.reports.filters import ReportFilter, ReportPage
from api.partners.reports.repository import PayoutReports
from api.partners.reports.schemas import (
    MarginJob,
    MarginReport,
    MarginSum,
    PayoutJob,
    PayoutReport,
    PayoutSum,
)
from api.settings.deps import IssuerZoneDep
from models.access.roles import REPORTING
from models.partners.payout.margin import JobMargin
from models.partners.payout.payout import JobPayout
from models.partners.payout.reports import GroupBy, margin_rows, payout_rows

router = APIRouter(
    prefix="/reports", tags=["reports"], dependencies=[Depends(require_role(REPORTING, "reading payouts and margins"))]
)


async def _reports(state: StateDep) -> PayoutReports:
    return PayoutReports(state.engines.exports)


R = TypeVar("R")
Reports = Annotated[PayoutReports, Depends(_reports)]
Filters = Annotated[ReportFilter, Query()]
_CSV = {200: {"content": {CSV: {"schema": {"type": "string"}}}}, **errors(400, 401, 403, 503)}
_XLSX = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}},
    **errors(400, 401, 403, 503),
}


@router.get("/payout", summary="What installers are paid", responses=errors(400, 401, 403, 503))
async def payout_report(asked: Annotated[ReportPage, Query()], reports: Reports) -> PayoutReport:
    """The completed jobs of the days, invoiced or not. A job without an installer or a rate is `blocked`: it is
    counted, and nothing is paid for it."""
    jobs = await reports.payouts(asked)
    rows = await asyncio.to_thread(_payout_rows, jobs, asked.group_by)
    totals = [PayoutSum.of(row) for row in payout_rows(jobs, GroupBy.ALL)]
    return PayoutReport(data=_page(rows, asked), meta=_meta(rows, asked), totals=totals)


@router.get("/payout.csv", summary="What installers are paid, as CSV", response_class=Response, responses=_CSV)
async def payout_csv(asked: Filters, reports: Reports) -> Response:
    rows = await asyncio.to_thread(_payout_rows, await reports.payouts(asked), asked.group_by)
    return csv_file(_payout_model(asked.group_by), rows, _name("payout", asked, "csv"))


@router.get(
    "/payout.xlsx", summary="What installers are paid, for Excel", response_class=StreamingResponse, responses=_XLSX
)
async def payout_xlsx(asked: Filters, reports: Reports, zone: IssuerZoneDep) -> Response:
    rows = await asyncio.to_thread(_payout_rows, await reports.payouts(asked), asked.group_by)
    return await xlsx_file(_payout_model(asked.group_by), rows, "Payout", _name("payout", asked, "xlsx"), zone)


@router.get("/margin", summary="The margin of invoiced jobs", responses=errors(400, 401, 403, 503))
async def margin_report(asked: Annotated[ReportPage, Query()], reports: Reports) -> MarginReport:
    """The invoiced amount of each job less its payout, before tax and without materials. It has the jobs of the days
    whose invoice is approved; `not_invoiced` counts the others."""
    jobs, not_invoiced = await reports.margins(asked)
    rows = await asyncio.to_thread(_margin_rows, jobs, asked.group_by)
    totals = [MarginSum.of(row) for row in margin_rows(jobs, GroupBy.ALL)]
    return MarginReport(data=_page(rows, asked), meta=_meta(rows, asked), totals=totals, not_invoiced=not_invoiced)


@router.get("/margin.csv", summary="The margin of invoiced jobs, as CSV", response_class=Response, responses=_CSV)
async def margin_csv(asked: Filters, reports: Reports) -> Response:
    jobs, _ = await reports.margins(asked)
    rows = await asyncio.to_thread(_margin_rows, jobs, asked.group_by)
    return csv_file(_margin_model(asked.group_by), rows, _name("margin", asked, "csv"))


@router.get(
    "/margin.xlsx", summary="The margin of invoiced jobs, for Excel", response_class=StreamingResponse, responses=_XLSX
)
async def margin_xlsx(asked: Filters, reports: Reports, zone: IssuerZoneDep) -> Response:
    jobs, _ = await reports.margins(asked)
    rows = await asyncio.to_thread(_margin_rows, jobs, asked.group_by)
    return await xlsx_file(_margin_model(asked.group_by), rows, "Margin", _name("margin", asked, "xlsx"), zone)


@router.get(
    "/margin/{invoice_id}", summary="The margin of each job on an invoice", responses=errors(400, 401, 403, 404, 503)
)
async def invoice_margin(
    invoice_id: Annotated[str, Path(min_length=1, max_length=100)], reports: Reports
) -> Envelope[list[MarginJob]]:
    """The jobs of one partner invoice. The list is empty until the invoice is approved."""
    found = await reports.of_invoice(invoice_id) if invoice_id.isprintable() else None
    if found is None:
        raise NotFound(f"There is no partner invoice {invoice_id}.")
    return Envelope(data=[MarginJob.of(job) for job in found])


def _payout_model(group_by: GroupBy) -> type[PayoutJob | PayoutSum]:
    return PayoutJob if group_by is GroupBy.JOB else PayoutSum


def _payout_rows(jobs: Sequence[JobPayout], group_by: GroupBy) -> list[PayoutJob | PayoutSum]:
    if group_by is GroupBy.JOB:
        return [PayoutJob.of(job) for job in jobs]
    return [PayoutSum.of(row) for row in payout_rows(jobs, group_by)]


def _margin_model(group_by: GroupBy) -> type[MarginJob | MarginSum]:
    return MarginJob if group_by is GroupBy.JOB else MarginSum


def _margin_rows(jobs: Sequence[JobMargin], group_by: GroupBy) -> list[MarginJob | MarginSum]:
    if group_by is GroupBy.JOB:
        return [MarginJob.of(job) for job in jobs]
    return [MarginSum.of(row) for row in margin_rows(jobs, group_by)]


def _page(rows: list[R], asked: ReportPage) -> list[R]:
    first = (asked.page - 1) * asked.per_page
    return rows[first : first + asked.per_page]


def _meta(rows: Sequence[object], asked: ReportPage) -> Meta:
    return Meta(total=len(rows), page=asked.page, per_page=asked.per_page)


def _name(report: str, asked: ReportFilter, kind: str) -> str:
    return f"{report}-{asked.from_}-{asked.to}.{kind}"
