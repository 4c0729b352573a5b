"""Rows as a file: CSV and XLSX. In both, a text such as a company's name cannot act as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from models.settings.csv_sheet import guarded
from models.values.money import plain

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[type, str] = {Decimal: "#,##0.00##", date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm"}

BOM = "\ufeff"
_CHUNK = 64 * 1024


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as lines of a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def as_text(value: object) -> str:
    """Return the text of a cell of a CSV file."""
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


class Column(NamedTuple):
    """A column: the field of its rows, its title in a sheet, and its width in characters."""

    field: str
    title: str
    width: int
    is_moment: bool = False


class Sheet:
    """A sheet that is written row by row to temporary files. Its methods block, so call them in a thread."""

    def __init__(self, name: str, columns: Sequence[Column], zone: str) -> None:
        self._columns = columns
        self._zone = ZoneInfo(zone)
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(name)
        self._sheet.freeze_panes = "A2"
        for n, column in enumerate(columns, 1):
            self._sheet.column_dimensions[get_column_letter(n)].width = column.width
        self._sheet.append(
            [self._header(f"{each.title} ({zone})" if each.is_moment else each.title) for each in columns]
        )
        # A row is written when it is appended, so all rows can use the same cells.
        self._cells = [WriteOnlyCell(self._sheet) for _ in columns]
        self.rows = 0

    def append(self, batch: Sequence[Mapping[Any, Any]]) -> None:
        for row in batch:
            for cell, column in zip(self._cells, self._columns, strict=True):
                self._fill(cell, row[column.field])
            self._sheet.append(self._cells)
        self.rows += len(batch)

    def saved(self) -> IO[bytes]:
        """Return the finished file. The caller closes it."""
        self._sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{self.rows + 1}"
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


def attached(name: str) -> dict[str, str]:
    """Return the headers of an answer that is saved as a file."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of the file, and close it."""
    with file:
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk
