"""The registry as a file: CSV and XLSX. In both, a text such as a company's name cannot act as a formula."""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from sqlalchemy import RowMapping

from models.settings.csv_sheet import guarded
from models.values.money import plain

# Field, title, and width in characters.
COLUMNS: Sequence[tuple[str, str, int]] = (
    ("display_number", "Number", 18),
    ("status", "Status", 17),
    ("kind", "Kind", 9),
    ("company_name", "Company", 36),
    ("customer_key", "Customer key", 14),
    ("application_name", "Contract", 36),
    ("application_key", "Contract key", 14),
    ("period_start", "Period from", 12),
    ("period_end", "Period to", 12),
    ("invoice_date", "Invoice date", 12),
    ("due_date", "Due date", 12),
    ("deal_type", "Deal", 6),
    ("client_type", "Client", 13),
    ("currency", "Currency", 9),
    ("total_amount", "Total", 18),
    ("paid_amount", "Paid", 18),
    ("written_off_amount", "Written off", 18),
    ("balance", "Balance", 18),
    ("credit_amount", "Credit", 18),
    ("overdue", "Overdue", 9),
    ("held", "Held", 9),
    ("blocked", "Blocked", 9),
    ("blocked_reason", "Blocked because", 36),
    ("created_at", "Created", 24),
    ("id", "Id", 38),
)
MOMENTS = frozenset({"created_at"})
FORMATS: Mapping[type, str] = {Decimal: "#,##0.00##", date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm"}

_BOM = "\ufeff"
_CHUNK = 64 * 1024


async def csv_text(batches: AsyncIterator[Sequence[RowMapping]], *, bom: bool) -> AsyncIterator[str]:
    """Yield the text of the file: the header row with the first batch, then a chunk for each batch."""
    header = (_BOM if bom else "") + _lines([[field for field, _, _ in COLUMNS]])
    async for batch in batches:
        yield header + _lines([_as_text(row[field]) for field, _, _ in COLUMNS] for row in batch)
        header = ""
    if header:
        yield header


def _lines(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _as_text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return plain(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case str():
            return guarded(value)
        case _:
            return str(value)


class Sheet:
    """A sheet that is written row by row to temporary files. Its methods block, so call them in a thread."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("Invoices")
        self._sheet.freeze_panes = "A2"
        for n, (_, _, width) in enumerate(COLUMNS, 1):
            self._sheet.column_dimensions[get_column_letter(n)].width = width
        self._sheet.append(
            [self._header(f"{title} ({zone})" if field in MOMENTS else title) for field, title, _ in COLUMNS]
        )
        # A row is written when it is appended, so all rows can use the same cells.
        self._cells = [WriteOnlyCell(self._sheet) for _ in COLUMNS]
        self.rows = 0

    def append(self, batch: Sequence[RowMapping]) -> None:
        for row in batch:
            for cell, (field, _, _) in zip(self._cells, COLUMNS, strict=True):
                self._fill(cell, row[field])
            self._sheet.append(self._cells)
        self.rows += len(batch)

    def saved(self) -> IO[bytes]:
        """Return the finished file. The caller closes it."""
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{self.rows + 1}"
        file = TemporaryFile()  # noqa: SIM115 (`chunks` closes it after the response is sent)
        self._book.save(file)
        return file

    def _header(self, title: str) -> Cell:
        cell = WriteOnlyCell(self._sheet, title)
        cell.font = Font(bold=True)
        return cell

    def _fill(self, cell: Cell, value: Any) -> None:
        if isinstance(value, str):
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
            cell.data_type = "s"  # text, never a formula
            return
        if isinstance(value, datetime):
            value = value.astimezone(self._zone).replace(tzinfo=None)  # a sheet has no time zones
        if (style := FORMATS.get(type(value))) and not cell.has_style:
            cell.number_format = style
        cell.value = value


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of the file, and close it."""
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
