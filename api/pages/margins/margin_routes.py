"""The pages of the margin explorer. All of their state is in the address."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.deps import TodayDep
from api.errors import Invalid
from api.pages.costs import CostPageActorDep
from api.pages.lists import Asked, Chip, asked, chip
from api.pages.margins import words
from api.pages.margins.periods import month_ranges
from api.pages.rendering import Desk, DeskDep, url_query
from api.quotes.margins import downloads
from api.quotes.margins.deps import AnalysisDep
from api.quotes.margins.filters import FlagFilter, GroupedFilter, MarginFilter, WorklogPage
from api.quotes.margins.reports import flags_of, worklog_report
from api.quotes.margins.repository import Analysis, MarginAnalysis
from api.settings.deps import IssuerZoneDep
from models.quotes.margins.entries import MarginEntries
from models.quotes.margins.rows import GroupBy, MarginRow, margin_rows, write_off_sums
from models.values.money import Currency
from models.values.period import Period

router = APIRouter(include_in_schema=False)

ADDRESS = "/margins"
WORKLOGS, FLAGS = f"{ADDRESS}/worklogs", f"{ADDRESS}/flags"
MOST_ROWS = 200
PER_PAGE = 50
# Where the name of a row leads: the group that is shown of it, and the filter by its key.
_INTO: Mapping[GroupBy, tuple[str, GroupBy | None]] = {
    GroupBy.CLIENT: ("customer_key", GroupBy.CONTRACT),
    GroupBy.CONTRACT: ("application_key", GroupBy.INVOICE),
    GroupBy.INVOICE: ("invoice_id", None),
    GroupBy.EMPLOYEE: ("account_id", None),
    GroupBy.PROJECT: ("project", None),
}


@router.get(ADDRESS)
async def margins_page(
    request: Request, _: CostPageActorDep, desk: DeskDep, analysis: AnalysisDep, today: TodayDep
) -> Response:
    """Show the margins of the months by the group, with sums, trend, write-offs, and what is missing."""
    wanted = asked(request.query_params, GroupedFilter, ADDRESS, per_page={})
    (found, errors), targets = await asyncio.gather(_found(analysis, wanted, today), analysis.targets())
    group = wanted.filters.group_by
    rows = await asyncio.to_thread(margin_rows, found.entries, group)
    return desk.page(
        "margins/margins.html.j2",
        status=400 if errors else 200,
        **_shared(desk, wanted, found, errors),
        group=group,
        groups=[(each, wanted.address + url_query(wanted.with_(group_by=each.value))) for each in words.GROUPS],
        rows=rows[:MOST_ROWS],
        more=max(len(rows) - MOST_ROWS, 0),
        link=lambda row: _link(wanted, group, row),
        totals=margin_rows(found.entries, GroupBy.ALL),
        trend=_by_currency(margin_rows(found.entries, GroupBy.MONTH)),
        write_offs=write_off_sums(found.entries),
        missing=found.found.missing,
        warnings=found.found.warnings,
        exchange_rates=found.found.exchange_rates,
        floor=targets.floor_percent,
        target=targets.target_percent,
        ranges=month_ranges(wanted, found.months, today),
    )


@router.get(WORKLOGS)
async def worklogs_page(
    request: Request,
    _: CostPageActorDep,
    desk: DeskDep,
    analysis: AnalysisDep,
    today: TodayDep,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Show the worklogs behind the margins, each with its part of the revenue and its explained cost."""
    sizes = {"per_page": PER_PAGE, "page": page}
    wanted = asked(request.query_params, WorklogPage, WORKLOGS, per_page=sizes)
    found, errors = await _found(analysis, wanted, today)
    report = await asyncio.to_thread(worklog_report, found, wanted.filters)
    pages = -(-report.meta.total // PER_PAGE)
    return desk.page(
        "margins/worklogs.html.j2",
        status=400 if errors else 200,
        **_shared(desk, wanted, found, errors),
        rows=report.data,
        total=report.meta.total,
        sums=margin_rows(found.entries, GroupBy.ALL),
        missing=found.found.missing,
        previous=WORKLOGS + url_query(wanted.with_(page=page - 1)) if page > 1 else None,
        next=WORKLOGS + url_query(wanted.with_(page=page + 1)) if page < pages else None,
    )


@router.get(FLAGS)
async def flags_page(
    request: Request, _: CostPageActorDep, desk: DeskDep, analysis: AnalysisDep, today: TodayDep
) -> Response:
    """Show the contracts below the target, each with what would have reached it."""
    wanted = asked(request.query_params, FlagFilter, FLAGS, per_page={})
    errors, flags = dict(wanted.errors), None
    if not errors:
        try:
            flags = await flags_of(analysis, wanted.filters, today)
        except Invalid as refused:
            errors = _messages(refused)
    months = wanted.filters.months(Period.before(today))
    nothing = Analysis(months, (), MarginEntries(entries=()))
    return desk.page(
        "margins/flags.html.j2",
        status=400 if errors else 200,
        **_shared(desk, wanted, nothing, errors),
        flags=flags,
        ranges=month_ranges(wanted, months, today),
    )


@router.get(f"{ADDRESS}.csv")
async def rows_csv(
    filters: Annotated[GroupedFilter, Query()], _: CostPageActorDep, analysis: AnalysisDep, today: TodayDep
) -> Response:
    return await downloads.rows_csv(analysis, filters, today)


@router.get(f"{ADDRESS}.xlsx")
async def rows_xlsx(
    filters: Annotated[GroupedFilter, Query()],
    _: CostPageActorDep,
    analysis: AnalysisDep,
    today: TodayDep,
    zone: IssuerZoneDep,
) -> Response:
    return await downloads.rows_xlsx(analysis, filters, today, zone)


@router.get(f"{WORKLOGS}.csv")
async def worklogs_csv(
    filters: Annotated[MarginFilter, Query()], _: CostPageActorDep, analysis: AnalysisDep, today: TodayDep
) -> Response:
    return await downloads.worklogs_csv(analysis, filters, today)


@router.get(f"{WORKLOGS}.xlsx")
async def worklogs_xlsx(
    filters: Annotated[MarginFilter, Query()],
    _: CostPageActorDep,
    analysis: AnalysisDep,
    today: TodayDep,
    zone: IssuerZoneDep,
) -> Response:
    return await downloads.worklogs_xlsx(analysis, filters, today, zone)


async def _found(analysis: MarginAnalysis, wanted: Asked[Any], today: TodayDep) -> tuple[Analysis, dict[str, str]]:
    """Return the entries, or none with messages when what was asked for cannot be computed."""
    nothing = Analysis(wanted.filters.months(Period.before(today)), (), MarginEntries(entries=()))
    if wanted.errors:
        return nothing, dict(wanted.errors)
    try:
        return await analysis.entries(wanted.filters, today), {}
    except Invalid as refused:
        return nothing, _messages(refused)


def _messages(refused: Invalid) -> dict[str, str]:
    if isinstance(refused.details, list) and refused.details:
        return {each.path: each.message for each in refused.details}
    return {"period_from": refused.message}


def _shared(desk: Desk, wanted: Asked[Any], found: Analysis, errors: Mapping[str, str]) -> dict[str, Any]:
    """Return what all pages of margins show: the months, the filters in use, and the way to the other pages."""
    kept = {name: value for name, value in wanted.given.items() if name in MarginFilter.model_fields}
    chosen: Currency | None = wanted.filters.currency
    return {
        "asked": wanted,
        "errors": errors,
        "months": found.months,
        "chips": _chips(desk, wanted, found),
        "labels": words.LABELS,
        "names": words,
        "kept": kept,
        "tabs": [(path, path + url_query(kept), path == wanted.address) for path in (ADDRESS, WORKLOGS, FLAGS)],
        "exports": {kind: f"{_file(wanted)}.{kind}{url_query(wanted.given)}" for kind in ("xlsx", "csv")},
        "currencies": sorted({"UZS", "USD", "EUR", *([chosen.value] if chosen else [])}),
    }


def _file(wanted: Asked[Any]) -> str:
    return WORKLOGS if wanted.address == WORKLOGS else ADDRESS


def _chips(desk: Desk, wanted: Asked[Any], found: Analysis) -> list[Chip]:
    """Return the filters in use; an invoice, a person or a contract by its name where the entries have it."""
    names: dict[str, str] = {}
    for each in found.entries[:1]:
        names = {
            "invoice_id": each.place.invoice,
            "account_id": each.employee,
            "application_key": each.place.application_name,
            "customer_key": each.place.customer_name,
        }
    shown = []
    for name, label in words.LABELS.items():
        if name in ("period_from", "period_to") or not hasattr(wanted.filters, name):
            continue
        value = wanted.given.get(name)
        shown += chip(desk, wanted, name, label, {value: names[name]} if names.get(name) else None)
    return shown


def _link(wanted: Asked[Any], group: GroupBy, row: MarginRow) -> str:
    """Return the address of what the row sums up: a narrower group, or its worklogs."""
    if group is GroupBy.MONTH:
        return ADDRESS + url_query(
            wanted.with_(group_by=GroupBy.CONTRACT.value, period_from=row.key, period_to=row.key)
        )
    name, into = _INTO[group]
    fields = {key: value for key, value in wanted.with_(**{name: row.key}).items() if key != "group_by"}
    if into is None:
        return WORKLOGS + url_query(fields)
    return ADDRESS + url_query({**fields, "group_by": into.value})


def _by_currency(rows: Sequence[MarginRow]) -> dict[Currency, list[MarginRow]]:
    found: dict[Currency, list[MarginRow]] = {}
    for row in rows:
        found.setdefault(row.currency, []).append(row)
    return found
