"""The margins and their worklogs as files."""

import asyncio
from datetime import date

from fastapi import Response

from api.http.row_files import csv_file, xlsx_file
from api.quotes.margins.filters import GroupedFilter, MarginFilter
from api.quotes.margins.reports import place_of
from api.quotes.margins.repository import Analysis, MarginAnalysis
from api.quotes.margins.schemas import MarginRowView, WorklogMargin
from models.quotes.margins.rows import GroupBy, margin_rows
from models.values.period import Period


async def rows_csv(analysis: MarginAnalysis, asked: GroupedFilter, today: date) -> Response:
    found = await analysis.entries(asked, today)
    return csv_file(MarginRowView, await _rows(found, asked.group_by), _name("margins", found.months, "csv"))


async def rows_xlsx(analysis: MarginAnalysis, asked: GroupedFilter, today: date, zone: str) -> Response:
    found = await analysis.entries(asked, today)
    rows = await _rows(found, asked.group_by)
    return await xlsx_file(MarginRowView, rows, "Margins", _name("margins", found.months, "xlsx"), zone)


async def worklogs_csv(analysis: MarginAnalysis, asked: MarginFilter, today: date) -> Response:
    found = await analysis.entries(asked, today)
    return csv_file(WorklogMargin, await _worklogs(found), _name("margin-worklogs", found.months, "csv"))


async def worklogs_xlsx(analysis: MarginAnalysis, asked: MarginFilter, today: date, zone: str) -> Response:
    found = await analysis.entries(asked, today)
    rows = await _worklogs(found)
    return await xlsx_file(WorklogMargin, rows, "Worklogs", _name("margin-worklogs", found.months, "xlsx"), zone)


async def _rows(found: Analysis, group_by: GroupBy) -> list[MarginRowView]:
    return await asyncio.to_thread(lambda: [MarginRowView.of(row) for row in margin_rows(found.entries, group_by)])


async def _worklogs(found: Analysis) -> list[WorklogMargin]:
    return await asyncio.to_thread(lambda: [WorklogMargin.of(each) for each in sorted(found.entries, key=place_of)])


def _name(report: str, months: Period, kind: str) -> str:
    return f"{report}-{months.label}.{kind}"
