"""Settings as spreadsheets: what is in a cell, and the forms that Excel gives it (semicolons, 1,5, 28.02.2026).

Rows are counted as a spreadsheet shows them: the header is row 1.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from models.settings.csv_columns import CellType, Sheet

# What makes a spreadsheet take a text for a formula, the full-width forms included.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_FORMULA = re.compile(f"'*[{re.escape(FORMULA_STARTS)}]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_YES = {"true", "yes", "1", "да", "истина"}
_NO = {"false", "no", "0", "нет", "ложь"}
MOST_ROWS = 10_000


class SheetRefused(ValueError):
    """The file as a whole cannot be used."""


class SheetRow(NamedTuple):
    number: int
    cells: dict[str, str]
    problem: str | None = None


def read(content: bytes, sheet: Sheet) -> list[SheetRow]:
    """Raises SheetRefused. Empty rows are left out, but counted."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetRefused("The file is not UTF-8; save it as “CSV UTF-8”.") from error
    if "\x00" in text:
        raise SheetRefused("The file holds NUL characters; it is no CSV.")
    lines = _LINE.findall(text) or [""]  # with their ends: those inside of a cell belong to its text
    delimiter = max(",;\t", key=lines[0].count)
    try:
        records = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise SheetRefused(f"The file cannot be read as CSV: {error}.") from error
    header = [name.strip() for name in records[0]]
    _check_header(header, sheet)
    rows = [_row(number, header, record) for number, record in enumerate(records[1:], 2) if any(map(str.strip, record))]
    if not rows:
        raise SheetRefused("There are no rows below the header.")
    if len(rows) > MOST_ROWS:
        raise SheetRefused(f"There are {len(rows)} rows; {MOST_ROWS} at the most. Split the file.")
    return rows


def write(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> str:
    """With the mark that makes Excel read it as UTF-8."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(sheet.names)
    writer.writerows([guarded(cell(row[name])) for name in sheet.names] for row in rows)
    return "\ufeff" + "".join(lines)


def cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case tuple() | list():
            return " ".join(map(str, value))
        case datetime() | date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes" if value.second == 0 else "seconds")
        case _:
            return str(value)


def values(cells: Mapping[str, str], sheet: Sheet) -> dict[str, Any]:
    """What the cells say, as the models take it; what they leave to the default is left out."""
    found: dict[str, Any] = {}
    for column in sheet.columns:
        text = cells.get(column.name)
        if text is None:
            continue
        if text.strip():
            found[column.name] = _value(text, column.kind)
        elif column.empty is not ...:
            found[column.name] = column.empty
    return found


def _value(text: str, kind: CellType) -> Any:
    plain = text.strip()
    match kind:
        case CellType.NUMBER:
            compact = re.sub(r"[\s\u00a0\u202f]", "", plain)
            return compact.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", compact) else compact
        case CellType.DAY:
            russian = re.fullmatch(r"(\d{2})\.(\d{2})\.(\d{4})", plain)
            return "-".join(reversed(russian.groups())) if russian else plain
        case CellType.CLOCK:
            return f"0{plain}" if re.fullmatch(r"\d:\d{2}(:\d{2})?", plain) else plain
        case CellType.FLAG:
            known = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
            return known.get(plain.casefold(), plain)
        case CellType.LIST:
            return tuple(part for part in re.split(r"[\s,;]+", plain) if part)
        case _:
            return text


def _check_header(header: list[str], sheet: Sheet) -> None:
    known = ", ".join(sheet.names)
    if unknown := [name for name in header if name not in sheet.names]:
        raise SheetRefused(f"Row 1 has an unknown column {unknown[0]!r}; known are {known}.")
    if twice := [name for name in header if header.count(name) > 1]:
        raise SheetRefused(f"Row 1 has the column {twice[0]} twice.")
    if sheet.columns[0].name not in header:
        raise SheetRefused(f"Row 1 has no column {sheet.columns[0].name}; known are {known}.")


def _row(number: int, header: list[str], record: list[str]) -> SheetRow:
    cells = {name: _unguarded(text) for name, text in zip(header, record, strict=False)}
    if any(text.strip() for text in record[len(header) :]):
        return SheetRow(number, cells, f"has {len(record)} cells, but the header names {len(header)} columns")
    return SheetRow(number, cells)


def guarded(text: str) -> str:
    """A spreadsheet would run a text that looks like a formula, or compute `-7 -3`. Where apostrophes stand before one
    it gets another, so that taking one off gives the text back."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


class _Lines(list[str]):
    def write(self, line: str) -> None:
        self.append(line)
