"""The answers of the margins, for the routes and for the pages."""

from datetime import date

from api.http.envelopes import Meta
from api.http.parameters import Paging
from api.quotes.margins.filters import FlagFilter
from api.quotes.margins.repository import Analysis, MarginAnalysis
from api.quotes.margins.schemas import (
    Flags,
    FlagView,
    InvoicedMargins,
    MarginRowView,
    MarginWriteOffView,
    MissingView,
    WorklogMargin,
    WorklogReport,
)
from api.quotes.schemas import ExchangeRateView
from models.quotes.margins.entries import MarginEntry
from models.quotes.margins.rows import GroupBy, margin_rows, write_off_sums


async def flags_of(analysis: MarginAnalysis, asked: FlagFilter, today: date) -> Flags:
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


def margin_report(found: Analysis, group_by: GroupBy, paging: Paging) -> InvoicedMargins:
    """Return one page of the rows, and what belongs to all of them."""
    rows = margin_rows(found.entries, group_by)
    return InvoicedMargins(
        data=[MarginRowView.of(row) for row in rows[paging.offset : paging.offset + paging.per_page]],
        meta=Meta(total=len(rows), page=paging.page, per_page=paging.per_page),
        period_from=found.months.start,
        period_to=found.months.end,
        totals=[MarginRowView.of(row) for row in margin_rows(found.entries, GroupBy.ALL)],
        trend=[MarginRowView.of(row) for row in margin_rows(found.entries, GroupBy.MONTH)],
        write_offs=[MarginWriteOffView.of(each) for each in write_off_sums(found.entries)],
        missing=[MissingView.of(each) for each in found.found.missing],
        exchange_rates=[ExchangeRateView.model_validate(each) for each in found.found.exchange_rates],
        warnings=list(found.found.warnings),
    )


def worklog_report(found: Analysis, paging: Paging) -> WorklogReport:
    """Return one page of the worklogs."""
    every = sorted(found.entries, key=place_of)
    shown = every[paging.offset : paging.offset + paging.per_page]
    return WorklogReport(
        data=[WorklogMargin.of(each) for each in shown],
        meta=Meta(total=len(every), page=paging.page, per_page=paging.per_page),
        period_from=found.months.start,
        period_to=found.months.end,
    )


def place_of(entry: MarginEntry) -> tuple[str, str, str, str]:
    """Return by what worklogs are sorted: invoice, day, issue and id; what is on no invoice comes last."""
    worklog = entry.worklog
    day, issue = (str(worklog.started_on), worklog.issue_key) if worklog else ("", "")
    return entry.place.invoice or "~", day, issue, entry.worklog_id
