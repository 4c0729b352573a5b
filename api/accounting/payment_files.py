"""The payments as a file: all that match, as they are at one moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import date

from fastapi.responses import StreamingResponse

from api.accounting.payment_filters import PaymentCsvFilter, PaymentXlsxFilter
from api.accounting.payments import PaymentReads
from api.errors import Invalid
from api.http.file_exports import BOM, CSV, XLSX, Column, Sheet, as_text, attached, chunks, csv_lines

MOST_ROWS_OF_A_SHEET = 50_000
COLUMNS: Sequence[Column] = (
    Column("paid_on", "Paid on", 12),
    Column("amount", "Amount", 18),
    Column("currency", "Currency", 9),
    Column("reference", "Reference", 30),
    Column("display_number", "Invoice", 18),
    Column("company_name", "Company", 36),
    Column("customer_key", "Customer key", 14),
    Column("kind", "Kind", 9),
    Column("surplus", "Surplus", 18),
    Column("balance", "Balance of the invoice", 18),
    Column("recorded_by", "Recorded by", 18),
    Column("recorded_at", "Recorded at", 24, is_moment=True),
    Column("reversed_by", "Taken back by", 18),
    Column("reversed_at", "Taken back at", 24, is_moment=True),
    Column("reversed_because", "Taken back because", 36),
    Column("payment_id", "Payment id", 30),
    Column("invoice_id", "Invoice id", 38),
)


async def payment_csv(payments: PaymentReads, filters: PaymentCsvFilter, today: date) -> StreamingResponse:
    text = _lines(payments, filters)
    first = await anext(text)  # read before the response starts, so that a failure gets its own status

    async def all_text() -> AsyncIterator[str]:
        yield first
        async for chunk in text:
            yield chunk

    return StreamingResponse(all_text(), media_type=CSV, headers=attached(f"payments-{today}.csv"))


async def _lines(payments: PaymentReads, filters: PaymentCsvFilter) -> AsyncIterator[str]:
    header = (BOM if filters.bom else "") + csv_lines([[column.field for column in COLUMNS]])
    async for batch in payments.stream(filters):
        yield header + csv_lines([as_text(row[column.field]) for column in COLUMNS] for row in batch)
        header = ""
    if header:
        yield header


async def payment_xlsx(payments: PaymentReads, filters: PaymentXlsxFilter, zone: str, today: date) -> StreamingResponse:
    """Return the sheet. Raise Invalid when more payments match than a sheet may have."""
    sheet = await asyncio.to_thread(Sheet, "Payments", COLUMNS, zone)
    async with aclosing(payments.stream(filters)) as batches:
        async for batch in batches:
            await asyncio.to_thread(sheet.append, batch)
            if sheet.rows > MOST_ROWS_OF_A_SHEET:
                break
    file = await asyncio.to_thread(sheet.saved)
    if sheet.rows > MOST_ROWS_OF_A_SHEET:
        file.close()
        raise Invalid.of_message(
            f"More than {MOST_ROWS_OF_A_SHEET:,} payments match, which is the limit of a sheet. Narrow the filters by "
            "day, currency or customer, or take the CSV, which has no limit."
        )
    return StreamingResponse(chunks(file), media_type=XLSX, headers=attached(f"payments-{today}.xlsx"))
