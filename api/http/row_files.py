"""The rows of a report as CSV or XLSX. The fields of the rows are the columns."""

import asyncio
from collections.abc import Sequence

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.http.file_exports import CSV, XLSX, Column, Sheet, as_text, attached, chunks, csv_lines

_WIDE = frozenset(
    {
        *("order_key", "installer_name", "building", "name", "rate_id", "message", "invoice_id", "worklog_id"),
        *("contract", "customer", "issue_summary", "formula", "overhead_formula"),
    }
)


def columns_of(model: type[BaseModel]) -> tuple[Column, ...]:
    """Return the columns of the rows of a model."""
    return tuple(
        Column(field, field.replace("_", " ").capitalize(), 34 if field in _WIDE else 15)
        for field in model.model_fields
    )


def csv_file(model: type[BaseModel], rows: Sequence[BaseModel], name: str) -> Response:
    """Return the rows as a CSV file: UTF-8, separated by commas, amounts with a point."""
    fields = list(model.model_fields)
    lines = csv_lines([fields, *([as_text(getattr(row, field)) for field in fields] for row in rows)])
    return Response(lines.encode(), media_type=f"{CSV}; charset=utf-8", headers=attached(name))


async def xlsx_file(model: type[BaseModel], rows: Sequence[BaseModel], title: str, name: str, zone: str) -> Response:
    """Return the rows as a sheet, with amounts as numbers and days as dates."""

    def write() -> Sheet:
        sheet = Sheet(title, columns_of(model), zone)
        sheet.append([dict(row) for row in rows])
        return sheet

    sheet = await asyncio.to_thread(write)
    file = await asyncio.to_thread(sheet.saved)
    return StreamingResponse(chunks(file), media_type=XLSX, headers=attached(name))
