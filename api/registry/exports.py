"""The columns of the registry's files, and its CSV."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from api.http.file_exports import BOM, Column, as_text, csv_lines

COLUMNS: Sequence[Column] = (
    Column("display_number", "Number", 18),
    Column("status", "Status", 17),
    Column("kind", "Kind", 9),
    Column("company_name", "Company", 36),
    Column("customer_key", "Customer key", 14),
    Column("application_name", "Contract", 36),
    Column("application_key", "Contract key", 14),
    Column("period_start", "Period from", 12),
    Column("period_end", "Period to", 12),
    Column("invoice_date", "Invoice date", 12),
    Column("due_date", "Due date", 12),
    Column("deal_type", "Deal", 6),
    Column("client_type", "Client", 13),
    Column("currency", "Currency", 9),
    Column("total_amount", "Total", 18),
    Column("paid_amount", "Paid", 18),
    Column("written_off_amount", "Written off", 18),
    Column("balance", "Balance", 18),
    Column("credit_amount", "Credit", 18),
    Column("overdue", "Overdue", 9),
    Column("held", "Held", 9),
    Column("blocked", "Blocked", 9),
    Column("blocked_reason", "Blocked because", 36),
    Column("created_at", "Created", 24, is_moment=True),
    Column("id", "Id", 38),
)


# The columns of the open items' files: the days late stand after the due date.
OPEN_COLUMNS: Sequence[Column] = tuple(
    shown
    for column in COLUMNS
    if column.field != "overdue"
    for shown in ((column, Column("days_late", "Days late", 10)) if column.field == "due_date" else (column,))
)


async def csv_text(
    batches: AsyncIterator[Sequence[Mapping[Any, Any]]], columns: Sequence[Column], *, bom: bool
) -> AsyncIterator[str]:
    """Yield the text of the file: the header row with the first batch, then a chunk for each batch."""
    header = (BOM if bom else "") + csv_lines([[column.field for column in columns]])
    async for batch in batches:
        yield header + csv_lines([as_text(row[column.field]) for column in columns] for row in batch)
        header = ""
    if header:
        yield header
