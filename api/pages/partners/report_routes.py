"""The reports of payouts and margins as pages and as files, for managers."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ValidationError

from api.access.deps import Actor, require
from api.deps import StateDep, TodayDep
from api.errors import Invalid
from api.http.row_files import csv_file, xlsx_file
from api.http.validation_messages import field_errors
from api.pages.languages import N_
from api.pages.partners.dated_routes import choices_of
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.partners.reports.filters import ReportFilter
from api.partners.reports.repository import PayoutReports
from api.partners.reports.schemas import MarginJob, MarginSum, PayoutJob, PayoutSum
from api.settings.deps import IssuerZoneDep, SettingsStoreDep
from models.access.roles import REPORTING
from models.partners.payout.reports import GroupBy, margin_rows, payout_rows
from models.values.period import Period

router = APIRouter(prefix="/partners/reports", include_in_schema=False)

SHOWN = 500
GROUPS = {
    GroupBy.INSTALLER: N_("by installer"),
    GroupBy.PARTNER: N_("by partner"),
    GroupBy.BUILDING: N_("by building"),
    GroupBy.JOB: N_("each job"),
}
REPORTS = {"payout": N_("Payouts"), "margin": N_("Margins")}


async def reporter(actor: PageActorDep) -> Actor:
    require(actor, REPORTING, "reading payouts and margins")
    return actor


ReporterDep = Annotated[Actor, Depends(reporter)]


class Report(BaseModel):
    """The rows of a report, the sums for each currency, and how many jobs are not invoiced yet."""

    rows: Sequence[Any]
    totals: Sequence[Any]
    not_invoiced: int | None = None


@router.get("")
async def reports_page(
    request: Request, _: ReporterDep, desk: DeskDep, store: SettingsStoreDep, state: StateDep, today: TodayDep
) -> Response:
    """Show the payouts or the margins of the jobs of some days; those of the last full month at first."""
    given, wanted, errors = _asked(request, today)
    kind = "margin" if request.query_params.get("report") == "margin" else "payout"
    report = None
    if wanted is not None:
        try:
            report = await _report(PayoutReports(state.engines.exports), kind, wanted)
        except Invalid as error:  # too many jobs
            errors = {"to": error.message}
    return desk.page(
        "partners/reports.html.j2",
        status=400 if errors else 200,
        given=given,
        errors=errors,
        kind=kind,
        report=report,
        shown=SHOWN,
        reports=REPORTS,
        groups=GROUPS,
        partners=(await choices_of(store)).partners,
        files={each: f"/partners/reports/{kind}.{each}{url_query(given)}" for each in ("xlsx", "csv")},
        tab=lambda name: "/partners/reports" + url_query({**given, "report": name}),
    )


@router.get("/{kind}.{ending}")
async def report_file(
    request: Request, _: ReporterDep, state: StateDep, zone: IssuerZoneDep, today: TodayDep, kind: str, ending: str
) -> Response:
    """Answer the same rows as a file."""
    _given, wanted, errors = _asked(request, today)
    if wanted is None or kind not in REPORTS or ending not in ("csv", "xlsx"):
        raise Invalid.of_message("; ".join(errors.values()) or f"There is no report {kind}.{ending}.")
    report = await _report(PayoutReports(state.engines.exports), kind, wanted)
    name = f"{kind}-{wanted.from_}-{wanted.to}.{ending}"
    is_job = wanted.group_by is GroupBy.JOB
    models: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
        "payout": (PayoutJob, PayoutSum),
        "margin": (MarginJob, MarginSum),
    }
    model = models[kind][0 if is_job else 1]
    if ending == "csv":
        return csv_file(model, list(report.rows), name)
    return await xlsx_file(model, list(report.rows), kind.capitalize(), name, zone)


def _asked(request: Request, today: Any) -> tuple[dict[str, str], ReportFilter | None, dict[str, str]]:
    """Return what was given, with the last full month where no day was, and the filter or its errors."""
    last = Period.before(today)
    usual = {"from": str(last.start), "to": str(last.end), "group_by": GroupBy.INSTALLER.value}
    typed = {name: text.strip() for name, text in request.query_params.items() if text.strip() and name != "report"}
    given = {**usual, **typed}
    try:
        return given, ReportFilter.model_validate(given), {}
    except ValidationError as error:
        located = ({**each, "loc": ("query", *each["loc"])} for each in error.errors())
        return given, None, {each.path: each.message for each in field_errors(located, {"query": ReportFilter})}


async def _report(reports: PayoutReports, kind: str, wanted: ReportFilter) -> Report:
    is_job = wanted.group_by is GroupBy.JOB
    if kind == "payout":
        jobs = await reports.payouts(wanted)
        rows: list[Any] = (
            [PayoutJob.of(job) for job in jobs]
            if is_job
            else [PayoutSum.of(row) for row in await asyncio.to_thread(payout_rows, jobs, wanted.group_by)]
        )
        return Report(rows=rows, totals=[PayoutSum.of(row) for row in payout_rows(jobs, GroupBy.ALL)])
    invoiced, not_invoiced = await reports.margins(wanted)
    margins: list[Any] = (
        [MarginJob.of(job) for job in invoiced]
        if is_job
        else [MarginSum.of(row) for row in await asyncio.to_thread(margin_rows, invoiced, wanted.group_by)]
    )
    totals = [MarginSum.of(row) for row in margin_rows(invoiced, GroupBy.ALL)]
    return Report(rows=margins, totals=totals, not_invoiced=not_invoiced)
