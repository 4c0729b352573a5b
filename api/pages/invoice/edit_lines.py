"""The lines of the edit form: their rows, and the changes that the grid sends as one field.

Every field of a line has a flat name: `line.L3.unit_price` of a line of the draft, `new.n1.unit_price` of a new one,
and `lines.order` for the order. The plain form sends those; the grid sends `line_changes`, JSON with only what changed,
because a form has a limited number of fields.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from api.pages.forms.fields import Control
from api.pages.languages import N_
from models.invoice.content.basis import OrderSource
from models.invoice.content.lines import Line, LineType
from models.invoice.status import Kind
from models.values.money import format_multiplier, plain

NEW_LINES = 3
LONGEST_CHANGES = 4_000_000
ORDER = "lines.order"

LINE_FIELDS: Mapping[str, Control] = MappingProxyType(
    {
        "billed": Control.CHECK,
        "line_type": Control.SELECT,
        "description": Control.AREA,
        "jira_key": Control.TEXT,
        "quantity": Control.AMOUNT,
        "unit_price": Control.AMOUNT,
        "rate_multiplier": Control.AMOUNT,
        "before": Control.HIDDEN,
        "remove": Control.CHECK,
    }
)
# What a line of the draft keeps: it was made from work or orders of this type.
ONLY_NEW = frozenset({"line_type", "jira_key", "before"})
LINE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "billed": N_("Billed"),
        "line_type": N_("Type"),
        "description": N_("Description"),
        "jira_key": N_("Task"),
        "quantity": N_("Quantity"),
        "unit_price": N_("Price"),
        "rate_multiplier": N_("Multiplier"),
        "line_total": N_("Total"),
        "remove": N_("Remove"),
    }
)
# How a spreadsheet may call a column, in both languages, whatever the language of the page is.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "billed": "billed|billable|оплачивается|в счёт|в счет",
        "line_type": "type|тип|вид",
        "description": "description|name|item|service|описание|наименование|название|услуга",
        "jira_key": "task|issue|key|jira|задача|ключ",
        "quantity": "quantity|qty|hours|count|количество|кол-во|часы|часов",
        "unit_price": "price|unit price|rate|цена|ставка",
        "rate_multiplier": "multiplier|factor|coefficient|множитель|коэффициент",
        "line_total": "total|amount|sum|итого|сумма|всего",
    }
)
_SERVICE_TYPES = (LineType.OTHER, LineType.TASK, LineType.OVERTIME, LineType.SUPPORT, LineType.FIXED, LineType.CLOUD)
_PARTNER_TYPES = (LineType.OTHER, LineType.JOB, LineType.MATERIALS, LineType.KPI)
_UNSET: Mapping[str, str] = MappingProxyType(
    {"billed": "true", "remove": "false", "line_type": LineType.OTHER.value, "before": ""}
)
_NEW_KEY = re.compile(r"[A-Za-z0-9]{1,20}")


@dataclass(frozen=True)
class Row:
    """A row of the grid. `line` is None for a new one, whose fields are all typed."""

    prefix: str
    key: str
    line: Line | None = None

    @property
    def work(self) -> str:
        """What the line was made from: its task, or the order of a partner."""
        if self.line is None:
            return ""
        source = self.line.source
        return source.order_key if isinstance(source, OrderSource) else self.line.work.jira_key or ""


def line_types(kind: Kind) -> tuple[LineType, ...]:
    """Return the types that a line added by hand may have."""
    return _PARTNER_TYPES if kind is Kind.PARTNER else _SERVICE_TYPES


def line_values(lines: Iterable[Line]) -> Iterator[tuple[str, str]]:
    """Yield the value of each field of the lines, as the form shows it."""
    ids = []
    for line in lines:
        ids.append(line.id)
        yield f"line.{line.id}.billed", "true" if line.billed else "false"
        yield f"line.{line.id}.description", line.description
        yield f"line.{line.id}.quantity", format(line.quantity.normalize(), "f")
        yield f"line.{line.id}.unit_price", plain(line.unit_price)
        yield f"line.{line.id}.rate_multiplier", format_multiplier(line.rate_multiplier)
    yield ORDER, " ".join(ids)


def unset(name: str) -> str:
    """Return what a field of a new line, or the mark to remove one, is before anybody has touched it."""
    return _UNSET.get(name.rsplit(".", 1)[1], "")


def rows(content_lines: Iterable[Line], texts: Mapping[str, str]) -> list[Row]:
    """Return the rows in the order that was typed: of the draft, new ones in between, and empty ones at the end."""
    lines = {line.id: line for line in content_lines}
    before: dict[str, list[Row]] = {}
    typed = (name for name, text in texts.items() if name.startswith("new.") and text != unset(name))
    keys = dict.fromkeys(name.split(".")[1] for name in typed)
    for key in keys:
        place = texts.get(f"new.{key}.before", "")
        before.setdefault(place if place in lines else "", []).append(Row(f"new.{key}.", key))
    found = []
    for line_id in full_order(texts.get(ORDER, "").split(), list(lines)):
        found += [*before.get(line_id, ()), Row(f"line.{line_id}.", line_id, lines[line_id])]
    free = [str(n) for n in range(NEW_LINES + len(keys)) if str(n) not in keys][:NEW_LINES]
    return [*found, *before.get("", ()), *(Row(f"new.{key}.", key) for key in free)]


def full_order(wanted: Sequence[str], present: Sequence[str]) -> list[str]:
    """Return all present ids in the wanted order. One that is not named follows its predecessor."""
    known = set(present)
    found = [each for each in dict.fromkeys(wanted) if each in known]
    named, last = set(found), -1
    for each in present:
        if each in named:
            last = found.index(each)
        else:
            last += 1
            found.insert(last, each)
    return found


def flat_changes(text: str) -> dict[str, str]:
    """Return the changes of the grid by the flat names of their fields. Raise ValueError if they are none."""
    if len(text) > LONGEST_CHANGES:
        raise ValueError("too long")
    found: dict[str, str] = {}
    given = json.loads(text) if text else []
    if not isinstance(given, list):
        raise ValueError("no list")
    for change in given:
        found |= _flat(change)
    return found


def _flat(change: Any) -> dict[str, str]:
    match change:
        case {"op": "remove", "id": str(line_id)}:
            return {f"line.{line_id}.remove": "true"}
        case {"op": "order", "ids": list(ids)} if all(isinstance(each, str) for each in ids):
            return {ORDER: " ".join(ids)}
        case {"op": "change", "id": str(line_id), **fields} if fields.keys() <= LINE_FIELDS.keys() - ONLY_NEW:
            return _texts(f"line.{line_id}.", fields)
        case {"op": "add", "key": str(key), **fields} if (
            _NEW_KEY.fullmatch(key) and fields.keys() <= LINE_FIELDS.keys()
        ):
            return _texts(f"new.{key}.", fields)
    raise ValueError("no change of a line")


def _texts(prefix: str, fields: Mapping[Any, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in fields.values()):
        raise ValueError("no texts")
    return {f"{prefix}{name}": value.strip() for name, value in fields.items()}
