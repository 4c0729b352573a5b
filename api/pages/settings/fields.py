"""The fields of a setting: how each is typed, and how its text becomes a value of the API's body and back.

A field has one text, also a table of rows, whose text is JSON. So what was opened, what is now and what a person typed
can be compared field by field.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api.pages.languages import N_
from models.values.money import plain
from models.values.typed_amounts import typed_amount
from models.values.typed_values import plain_number

IS_REQUIRED = N_("is required")
NOT_EMPTY = N_("must not be empty")
NOT_WHOLE = N_("must be a whole number")
NOT_A_NUMBER = N_("must be a number such as 1.5")
TWICE = N_("stands in two rows")
NEW_ROWS = 2


class Control(StrEnum):
    TEXT = "text"
    AREA = "area"
    AMOUNT = "amount"
    NUMBER = "number"
    FACTOR = "factor"
    DAY = "day"
    CLOCK = "clock"
    SELECT = "select"
    CHECK = "check"
    CHOICES = "choices"
    LIST = "list"
    NUMBERS = "numbers"
    ROWS = "rows"
    IMAGE = "image"


LISTS = frozenset({Control.CHOICES, Control.LIST, Control.NUMBERS})
SPELT_DIFFERENTLY = frozenset({Control.AMOUNT, Control.NUMBER, Control.FACTOR, Control.LIST, Control.NUMBERS})


@dataclass(frozen=True)
class SettingField:
    """One field of a setting. `name` is its path in the body.

    The rows of a table have `columns`; a table with `keys` is an object of the API, whose keys are the first columns.
    `suggested` names the list of known values, from which a person may choose.
    """

    name: str
    label: str
    control: Control = Control.TEXT
    hint: str = ""
    options: Mapping[Any, str] = field(default_factory=dict)
    empty: str = ""
    suggested: str = ""
    columns: tuple["SettingField", ...] = ()
    keys: int = 0
    longest: int = 2000
    is_required: bool = False

    def text(self, value: Any) -> str:
        """Return the value of the body, or of the history, as the form shows it."""
        if self.control is Control.ROWS:
            rows = [[self._cell(column, row) for column in self.columns] for row in self._rows(value)]
            return json.dumps(rows, ensure_ascii=False) if rows else ""
        if value is None:
            return ""
        match self.control:
            case Control.CHECK:
                return "true" if value else "false"
            case Control.CHOICES | Control.LIST | Control.NUMBERS:
                return ", ".join(map(str, value))
            case Control.CLOCK:
                return str(value).removesuffix(":00") if str(value).count(":") == 2 else str(value)
            case Control.SELECT if isinstance(value, bool):
                return "true" if value else "false"
            case _:
                return str(value)

    def value(self, text: str) -> Any:
        """Return the text as the body has it. Raise ValueError with a message for a person."""
        match self.control:
            case Control.AMOUNT:
                return plain(typed_amount(text))
            case Control.NUMBER:
                return _whole(text)
            case Control.FACTOR:
                number = plain_number(re.sub(r"\s", "", text), separator_is_decimal=True)
                if number is None:
                    raise ValueError(NOT_A_NUMBER)
                return number
            case Control.CHECK:
                return text == "true"
            case Control.SELECT if text == "false":
                return False
            case Control.CHOICES | Control.LIST:
                return parts(text)
            case Control.NUMBERS:
                return [_whole(part) for part in parts(text)]
            case _:
                return text.replace("\r\n", "\n")

    def usual(self, text: str) -> str:
        """Return the text as the form would show its value, so that equal values have equal texts."""
        if not text or self.control not in (
            Control.AMOUNT,
            Control.NUMBER,
            Control.FACTOR,
            Control.NUMBERS,
            Control.LIST,
        ):
            return text
        try:
            return self.text(self.value(text))
        except ValueError:
            return text

    def cells(self, text: str) -> list[dict[str, str]]:
        """Return the rows of a table by the names of its columns. Raise ValueError for a text that no form made."""
        found = json.loads(text) if text else []
        names = [column.name for column in self.columns]
        if not isinstance(found, list) or not all(
            isinstance(row, list) and len(row) == len(names) and all(isinstance(cell, str) for cell in row)
            for row in found
        ):
            raise ValueError("no rows of texts")
        return [dict(zip(names, row, strict=True)) for row in found]

    def is_blank(self, cells: Mapping[str, str]) -> bool:
        """Return whether nobody has typed anything into the row."""
        return not any(cells.get(column.name, "") not in ("", "false") for column in self.columns)

    def _rows(self, value: Any) -> Iterator[Any]:
        if not self.keys:
            yield from value or ()
            return
        for path, rest in _leaves(value or {}, self.keys):
            names = [column.name for column in self.columns]
            yield dict(zip(names, (*path, rest), strict=False))

    def _cell(self, column: "SettingField", row: Mapping[str, Any]) -> str:
        return column.text(row.get(column.name))


def parts(text: str) -> list[str]:
    """Return what is separated by commas, semicolons or lines."""
    return [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]


def _whole(text: str) -> int:
    digits = re.sub(r"\s", "", text).replace("\u2212", "-")
    if not re.fullmatch(r"-?[0-9]{1,12}", digits):
        raise ValueError(NOT_WHOLE)
    return int(digits)


def _leaves(value: Mapping[str, Any], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, inner in value.items():
        if depth == 1:
            yield (key,), inner
        elif inner:
            yield from (((key, *path), leaf) for path, leaf in _leaves(inner, depth - 1))
        else:
            yield (key,), None


def at(value: Any, path: str) -> Any:
    """Return what the body or the history has at the path; None where there is nothing."""
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def by_name(fields: Sequence[SettingField]) -> dict[str, SettingField]:
    return {each.name: each for each in fields}
