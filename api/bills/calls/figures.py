"""The sums of vendor bills, the costs of months, and the list as a file."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Final

from fastapi.responses import StreamingResponse
from sqlalchemy import RowMapping

from api.bills.figure_schemas import BillSum, BillSums, CurrencyCosts, MonthlyCosts
from api.bills.figures import BillFigures
from api.bills.filters import BillCsvFilter, BillFilter, MonthsQuery
from api.http.file_exports import BOM, CSV, as_text, attached, csv_lines
from models.bills.monthly_costs import MonthsBy, by_currency, months_until
from models.values.period import Period

CSV_FIELDS: Final = (
    *("id", "provider", "account", "provider_invoice_id", "number", "issuer", "period_start", "period_end"),
    *("issued_at", "status", "version", "currency", "net", "tax", "gross", "line_count", "adds_up"),
    *("push_state", "push_note", "finance_invoice_id", "pushed_to_finance_at"),
)


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
