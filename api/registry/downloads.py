"""The registry as a file: all matching invoices, as they are at one moment."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from typing import Any

from fastapi.responses import StreamingResponse

from api.errors import Invalid
from api.http.file_exports import CSV, XLSX, Sheet, attached, chunks
from api.registry import exports
from api.registry.filters import CsvFilter, XlsxFilter
from api.registry.open_filters import OpenCsvFilter, OpenXlsxFilter
from api.registry.repository import Registry

MOST_ROWS_OF_A_SHEET = 50_000


async def csv_download(registry: Registry, filters: CsvFilter, today: date) -> StreamingResponse:
    text = exports.csv_text(registry.export(filters), exports.COLUMNS, bom=filters.bom)
    return await _csv(text, f"invoices-{today}.csv")


async def open_csv_download(registry: Registry, filters: OpenCsvFilter, today: date) -> StreamingResponse:
    """Return the open items; `today` is the day as of which their days late are counted."""
    rows = registry.export_open(filters.selection, today)
    return await _csv(exports.csv_text(rows, exports.OPEN_COLUMNS, bom=filters.bom), f"open-items-{today}.csv")


async def _csv(text: AsyncIterator[str], name: str) -> StreamingResponse:
    first = await anext(text)  # read before the response starts, so that a failure gets its own status

    async def all_text() -> AsyncIterator[str]:
        yield first
        async for chunk in text:
            yield chunk

    return StreamingResponse(all_text(), media_type=CSV, headers=attached(name))


async def xlsx_download(registry: Registry, filters: XlsxFilter, zone: str, today: date) -> StreamingResponse:
    """Return the sheet. Raise Invalid when more invoices match than a sheet may have."""
    total = await registry.count(filters, MOST_ROWS_OF_A_SHEET)
    if not total.exact or total.count > MOST_ROWS_OF_A_SHEET:
        raise _too_many()
    sheet = await asyncio.to_thread(Sheet, "Invoices", exports.COLUMNS, zone)
    return await _xlsx(sheet, registry.export(filters), f"invoices-{today}.xlsx")


async def open_xlsx_download(registry: Registry, filters: OpenXlsxFilter, zone: str, today: date) -> StreamingResponse:
    """Return the open items as a sheet. Raise Invalid when more match than a sheet may have."""
    sheet = await asyncio.to_thread(Sheet, "Open items", exports.OPEN_COLUMNS, zone)
    return await _xlsx(sheet, registry.export_open(filters.selection, today), f"open-items-{today}.xlsx")


async def _xlsx(sheet: Sheet, rows: AsyncGenerator[Sequence[Mapping[Any, Any]]], name: str) -> StreamingResponse:
    async with aclosing(rows) as batches:
        async for batch in batches:
            await asyncio.to_thread(sheet.append, batch)
            if sheet.rows > MOST_ROWS_OF_A_SHEET:  # perhaps only since they were counted
                break
    file = await asyncio.to_thread(sheet.saved)
    if sheet.rows > MOST_ROWS_OF_A_SHEET:
        file.close()
        raise _too_many()
    return StreamingResponse(chunks(file), media_type=XLSX, headers=attached(name))


def _too_many() -> Invalid:
    return Invalid.of_message(
        f"More than {MOST_ROWS_OF_A_SHEET:,} invoices match, which is the limit of a sheet. Narrow the filters by "
        "period, status or customer, or take the CSV, which has no limit."
    )
