"""The form of a prefill result: its fields, what was changed in them, and the body of the API that this makes.

Nothing is stored before the draft is made, so the form carries what was typed from step to step: the changed fields,
and what they were when the result was computed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.datastructures import FormData

from api.errors import ApiError, Invalid, NotFound
from api.invoice.bodies import Generate, WantedLine
from api.pages.forms.fields import FormField
from api.pages.invoice.edit_body import Reading, changed, read_was, reading
from api.pages.invoice.edit_fields import AMOUNTS, AUTO
from api.pages.invoice.edit_lines import ORDER, flat_changes, line_values
from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.invoice.content.line_descriptions import fixed_work_description
from models.invoice.content.lines import Line
from models.invoice.editing.lines import apply_line_changes
from models.invoice.editing.prefill_edit import PrefillLine, prefill_lines
from models.invoice.errors import InvalidChange
from models.values.money import plain
from models.values.period import Period

_LINES = ("line.", "new.")
_AMOUNTS: Mapping[DealType, frozenset[str]] = MappingProxyType(
    {
        DealType.SUP: frozenset({"base_amount", "overtime_hours", "overtime_amount", "total_amount"}),
        DealType.FP: frozenset({"base_amount", "total_amount"}),
        DealType.HR: frozenset({"total_amount"}),
    }
)
_SUGGESTED = "suggested"  # the key of the line that the suggested amount makes


@dataclass(frozen=True)
class Choice:
    """The contract and the period, as the address of the generator has them."""

    application_key: str
    period: Period

    @property
    def address(self) -> dict[str, str]:
        return {"application_key": self.application_key, "period": self.period.label}


@dataclass(frozen=True)
class Typed:
    """The changed fields by their flat names, and what all fields were when they were shown."""

    changes: dict[str, str]
    was: dict[str, str]

    def on(self, content: Content) -> "Typed":
        """Return what was typed for a result that was computed again, without what cannot be taken over.

        The ids of lines are numbers in their order, so a change is taken over only to a line that says the same.
        """
        now = values_of(content)
        return Typed({name: text for name, text in self.changes.items() if self._fits(name, now)}, now)

    def _fits(self, name: str, now: Mapping[str, str]) -> bool:
        if name == ORDER:
            return self.was.get(ORDER) == now.get(ORDER)
        if not name.startswith("line."):
            return True
        description = f"{name.rpartition('.')[0]}.description"
        return description in now and self.was.get(description) == now[description]


@dataclass(frozen=True)
class Wanted:
    """What the changes make: the body of `generate`, or a message at each field that prevents it."""

    body: Generate | None
    errors: dict[str, str] = field(default_factory=dict)
    row_totals: dict[str, Decimal] = field(default_factory=dict)
    rows: tuple[str, ...] = ()  # the row of the form that each of the body's lines is

    def refused(self, refused: ApiError) -> dict[str, str]:
        """Return the errors of the API's answer by the fields of the form."""
        details = refused.details if isinstance(refused.details, list) else []
        return {self._field_of(each.path): each.message for each in details}

    def _field_of(self, path: str) -> str:
        first, *rest = path.split(".")
        if first != "line_items" or not rest or not rest[0].isdecimal() or int(rest[0]) >= len(self.rows):
            return path
        return f"{self.rows[int(rest[0])]}.{rest[-1] if len(rest) > 1 else 'description'}"


def amounts_of(content: Content) -> tuple[FormField, ...]:
    """Return the fields of the amounts that can be edited for this deal type."""
    names = _AMOUNTS[content.service.deal_type]
    return tuple(each for each in AMOUNTS if each.name in names)


def values_of(content: Content) -> dict[str, str]:
    """Return the value of each field as the form shows it."""
    amounts = {each.name: plain(getattr(content.totals, each.name)) for each in amounts_of(content)}
    return {**amounts, **dict(line_values(content.lines))}


def typed_in(posted: FormData) -> Typed:
    """Return what was typed in the form, or in the step before it. Raise NotFound if it is no form of ours."""
    try:
        was = read_was(str(posted.get("was", "")))
        if "typed" in posted:
            return Typed(read_was(str(posted["typed"])), was)
        texts = {name: str(posted.getlist(name)[-1]).strip() for name in posted if name in was or _is_of_lines(name)}
        texts |= flat_changes(str(posted.get("line_changes", "")))
    except ValueError as error:
        raise NotFound("This form is incomplete; open the page again.") from error
    return Typed(changed(texts, was), was)


def with_suggested_base(typed: Typed, content: Content) -> Typed:
    """Return the changes with the suggested base: the base of a support contract, or else a line of its own."""
    service = content.service
    if service.suggested_base_amount is None:
        return typed
    amount = plain(service.suggested_base_amount)
    if service.deal_type is DealType.SUP:
        return Typed({**typed.changes, "base_amount": amount}, typed.was)
    line = {
        "description": fixed_work_description(service.application_name, service.period),
        "quantity": "1",
        "unit_price": amount,
    }
    new = {f"new.{_SUGGESTED}.{name}": text for name, text in line.items()}
    return Typed({**typed.changes, **new}, typed.was)


def wanted(choice: Choice, typed: Typed, content: Content, zone: ZoneInfo, **more: Any) -> Wanted:
    """Return what the changes make of the computed draft. `more` are further fields of the body."""
    found = reading(typed.changes, zone, [line.id for line in content.lines])
    edit = found.body(expected_revision=1)
    if edit is None:
        return Wanted(None, found.errors)
    try:
        lines = apply_line_changes(content.lines, edit.line_changes, content.currency)
    except InvalidChange as error:
        return Wanted(None, found.refused(Invalid.of_message(str(error))))
    rows = tuple(_rows(lines, content, found))
    amounts = {name: getattr(edit, name) for name in _AMOUNTS[content.service.deal_type]}
    given: dict[str, Any] = {name: value for name, value in amounts.items() if value not in (None, AUTO)}
    if edit.line_changes:
        given["line_items"] = [_row(each) for each in prefill_lines(content, edit.line_changes)]
    given |= {"period_start": choice.period.start, "period_end": choice.period.end, **more}
    try:
        body = Generate(application_key=choice.application_key, **given)
    except ValidationError as error:
        messages = {".".join(map(str, each["loc"])): each["msg"] for each in error.errors()}
        wrong = Wanted(None, rows=rows)
        return Wanted(None, {wrong._field_of(path): message for path, message in messages.items()})
    before = {line.id: line for line in content.lines}
    pairs = zip(rows, lines, strict=True)
    totals = {row: line.line_total for row, line in pairs if before.get(line.id) != line}
    return Wanted(body, row_totals=totals, rows=rows)


def _rows(lines: tuple[Line, ...], content: Content, found: Reading) -> Iterator[str]:
    """Yield the row of the form that each line is: new lines have got ascending numbers in the order of the form."""
    known = {line.id for line in content.lines}
    added = sorted((line.id for line in lines if line.id not in known), key=lambda line_id: int(line_id[1:]))
    places = dict(zip(added, (place for place in found.places if place.startswith("new.")), strict=True))
    for line in lines:
        yield places.get(line.id, f"line.{line.id}")


def _row(line: PrefillLine) -> WantedLine:
    return WantedLine(**line.model_dump(exclude={"service_code", "line_total"}))


def _is_of_lines(name: str) -> bool:
    return name.startswith(_LINES)
