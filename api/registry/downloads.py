"""The registry as a file: all matching invoices, as they are at one moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import date

from fastapi.responses import StreamingResponse

from api.errors import Invalid
from api.http.file_exports import CSV, XLSX, Sheet, attached, chunks
from api.registry import exports
from api.registry.filters import CsvFilter, XlsxFilter
from api.registry.repository import Registry

MOST_ROWS_OF_A_SHEET = 50_000


async def csv_download(registry: Registry, filters: CsvFilter, today: date) -> StreamingResponse:
    text = exports.csv_text(registry.export(filters), bom=filters.bom)
    first = await anext(text)  # read before the response starts, so that a failure gets its own status

    async def all_text() -> AsyncIterator[str]:
        yield first
        async for chunk in text:
            yield chunk

    return StreamingResponse(all_text(), media_type=CSV, headers=attached(f"invoices-{today}.csv"))


async def xlsx_download(registry: Registry, filters: XlsxFilter, zone: str, today: date) -> StreamingResponse:
    """Return the sheet. Raise Invalid when more invoices match than a sheet may have."""
    total = await registry.count(filters, MOST_ROWS_OF_A_SHEET)
    if not total.exact or total.count > MOST_ROWS_OF_A_SHEET:
        raise _too_many()
    sheet = await asyncio.to_thread(Sheet, "Invoices", exports.COLUMNS, zone)
    async with aclosing(registry.export(filters)) as batches:
        async for batch in batches:
            await asyncio.to_thread(sheet.append, batch)
            if sheet.rows > MOST_ROWS_OF_A_SHEET:
                break
    file = await asyncio.to_thread(sheet.saved)
    if sheet.rows > MOST_ROWS_OF_A_SHEET:  # invoices were added after the count
        file.close()
        raise _too_many()
    return StreamingResponse(chunks(file), media_type=XLSX, headers=attached(f"invoices-{today}.xlsx"))


def _too_many() -> Invalid:
    return Invalid.of_message(
        f"More than {MOST_ROWS_OF_A_SHEET:,} invoices match, which is the limit of a sheet. Narrow the filters by "
        "period, status or customer, or use /api/v1/invoices.csv, which has no limit."
    )
