"""Reading and writing of settings as CSV.

The reader accepts the forms that Excel writes: semicolons between cells, `1 500,5`, `28.02.2026`. A number that can be
read in two ways, such as `150,000`, stays as it is, and the setting refuses it with both. Rows are numbered as a
spreadsheet shows them: the header is row 1.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from models.settings.csv_columns import CellType, SheetColumns
from models.values.typed_values import plain_number

# A spreadsheet takes a text for a formula when it begins with one of these; the last four are full-width forms.
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_FORMULA = re.compile(f"'*[{re.escape(FORMULA_STARTS)}]")
_CONTACT = re.compile(r"(?P<name>[^<>]+?)\s*<(?P<email>[^<>]+)>\s*(?P<phone>[^<>]*)")
_SHARE = re.compile(r"(?P<kind>contract|project):(?P<key>[^=]+?)\s*(?:=\s*(?P<percent>[0-9.,]+)\s*%?)?")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_TRUE = {"true", "yes", "1", "да", "истина"}
_FALSE = {"false", "no", "0", "нет", "ложь"}
MAX_ROWS = 10_000


class SheetRefused(ValueError):
    """The file as a whole cannot be used; the message says why."""


class SheetRow(NamedTuple):
    """One row: its number, its cells by column name, and what is wrong with it."""

    number: int
    cells: dict[str, str]
    problem: str | None = None


def read(content: bytes, sheet: SheetColumns) -> list[SheetRow]:
    """Return the rows below the header. Empty rows are left out, but they count in the numbering.

    Raises SheetRefused.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetRefused("The file is not UTF-8; save it as “CSV UTF-8”.") from error
    if "\x00" in text:
        raise SheetRefused("The file holds NUL characters, so it is not a CSV file.")
    # The lines keep their line ends, because a line end inside a cell belongs to the cell's text.
    lines = _LINE.findall(text) or [""]
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
    if len(rows) > MAX_ROWS:
        raise SheetRefused(f"There are {len(rows)} rows; a file may have {MAX_ROWS} at the most. Split the file.")
    return rows


def write(sheet: SheetColumns, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return the CSV text of the rows, with the byte order mark that makes Excel read it as UTF-8."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(sheet.names)
    writer.writerows([guarded(cell(row[name])) for name in sheet.names] for row in rows)
    return "\ufeff" + "".join(lines)


def cell(value: Any) -> str:
    """Return the text of a cell that holds the value."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case [{"name": _, "email": _}, *_]:
            return "; ".join(f"{each['name']} <{each['email']}> {each['phone']}".strip() for each in value)
        case [{"kind": _, "percent": _}, *_]:
            return "; ".join(f"{each['kind']}:{each['key']}={each['percent'].normalize():f}" for each in value)
        case dict():
            return "; ".join(f"{name}={text}" for name, text in value.items())
        case tuple() | list():
            return " ".join(map(str, value))
        case datetime() | date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes" if value.second == 0 else "seconds")
        case _:
            return str(value)


def values(cells: Mapping[str, str], sheet: SheetColumns) -> dict[str, Any]:
    """Return the values of the cells by column name, as the models validate them.

    A column that is missing, or empty where the default applies, is left out.
    """
    parsed: dict[str, Any] = {}
    for column in sheet.columns:
        text = cells.get(column.name)
        if text is None:
            continue
        if text.strip():
            parsed[column.name] = _value(text, column.cell_type)
        elif column.empty is not ...:
            parsed[column.name] = column.empty
    return parsed


def _value(text: str, cell_type: CellType) -> Any:
    """Return the value of a cell; a text that has no known form is returned as it is and fails in the model."""
    plain = text.strip()
    match cell_type:
        case CellType.AMOUNT:
            return plain_number(plain) or plain
        case CellType.FACTOR:
            # A multiplier is below 1,000, so that its separator is always the decimal one: `1,125`.
            return plain_number(plain, separator_is_decimal=True) or plain
        case CellType.WHOLE:
            return _whole(plain)
        case CellType.DAY:
            russian = re.fullmatch(r"(\d{2})\.(\d{2})\.(\d{4})", plain)
            return "-".join(reversed(russian.groups())) if russian else plain
        case CellType.CLOCK:
            return f"0{plain}" if re.fullmatch(r"\d:\d{2}(:\d{2})?", plain) else plain
        case CellType.FLAG:
            known = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
            return known.get(plain.casefold(), plain)
        case CellType.LIST:
            return _parts(plain)
        case CellType.WHOLE_LIST:
            return tuple(_whole(part) for part in _parts(plain))
        case CellType.CONTACTS:
            return _contacts(plain)
        case CellType.TAGS:
            return _tags(plain)
        case CellType.SHARES:
            return _shares(plain)
        case _:
            return text


def _contacts(text: str) -> tuple[dict[str, str], ...] | str:
    """Return the persons of `Name <address> telephone; ...`, or the text if it cannot be read so."""
    found = [_CONTACT.fullmatch(part.strip()) for part in text.split(";") if part.strip()]
    return text if None in found else tuple(each.groupdict(default="") for each in found if each)


def _tags(text: str) -> dict[str, str] | str:
    """Return the tags of `name=value; ...`, or the text if it cannot be read so."""
    pairs = [part.partition("=") for part in text.split(";") if part.strip()]
    if not all(mark and name.strip() for name, mark, _ in pairs):
        return text
    return {name.strip(): value.strip() for name, _, value in pairs}


def _shares(text: str) -> tuple[dict[str, str], ...] | str:
    """Return the shares of `contract:APP-1=60; project:inner=40`, or the text if it cannot be read so.

    A share without a percentage is the whole.
    """
    found = [_SHARE.fullmatch(part.strip()) for part in text.split(";") if part.strip()]
    if not found or None in found:
        return text
    shares = [each.groupdict() for each in found if each]
    return tuple(
        {**share, "percent": plain_number(share["percent"] or "100", separator_is_decimal=True) or share["percent"]}
        for share in shares
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[\s,;]+", text) if part)


def _whole(text: str) -> int | str:
    """Return the whole number, which a spreadsheet may have written as `45.0`."""
    found = re.fullmatch(r"(-?[0-9]{1,9})(?:[.,]0{1,2})?", text)
    return int(found[1]) if found else text


def _check_header(header: list[str], sheet: SheetColumns) -> None:
    known = ", ".join(sheet.names)
    if unknown := [name for name in header if name not in sheet.names]:
        raise SheetRefused(f"Row 1 has an unknown column {unknown[0]!r}; the columns are {known}.")
    if repeated := [name for name in header if header.count(name) > 1]:
        raise SheetRefused(f"Row 1 has the column {repeated[0]} twice.")
    if missing := [name for name in sheet.required_names if name not in header]:
        raise SheetRefused(f"Row 1 has no column {missing[0]}; the columns are {known}.")


def _row(number: int, header: list[str], record: list[str]) -> SheetRow:
    cells = {name: _unguarded(text) for name, text in zip(header, record, strict=False)}
    if any(text.strip() for text in record[len(header) :]):
        return SheetRow(number, cells, f"has {len(record)} cells, but the header names {len(header)} columns")
    return SheetRow(number, cells)


def guarded(text: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet would run it as a formula or compute `-7 -3`.

    A formula that already has apostrophes in front gets one more, so that removing one restores the text.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


class _Lines(list[str]):
    """The lines that a CSV writer writes."""

    def write(self, line: str) -> None:
        self.append(line)
