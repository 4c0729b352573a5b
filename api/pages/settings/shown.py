"""How a page shows the value of a setting that is not being typed: in the list, in the history, in a conflict."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from api.pages.languages import N_
from api.pages.rendering import Desk
from api.pages.settings.area_page import AreaPage
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import SettingForm
from api.settings.schemas import ChangeView
from models.settings.dated import is_valid_on

YES, NO = N_("yes"), N_("no")
AN_IMAGE = N_("an image")
ADDED, CHANGED, REMOVED = N_("Added"), N_("Changed"), N_("Removed")


def shown(desk: Desk, field: SettingField, text: str) -> str:
    """Return the text of a field as a person reads it; nothing for an empty one."""
    if not text:
        return ""
    match field.control:
        case Control.CHECK:
            return desk.text(YES if text == "true" else NO)
        case Control.SELECT:
            return desk.text(_words(field, text))
        case Control.CHOICES:
            return ", ".join(desk.text(_words(field, part)) for part in text.split(", "))
        case Control.DAY:
            return _day(desk, text)
        case Control.AMOUNT:
            return _number(desk.formats.amount, text)
        case Control.FACTOR | Control.NUMBER:
            return _number(desk.formats.number, text)
        case Control.IMAGE:
            return desk.text(AN_IMAGE)
        case Control.ROWS:
            return "; ".join(_row(desk, field.columns, cells) for cells in field.cells(text))
        case _:
            return text


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class RecordedChange:
    """One entry of the history: who, when, what was done to which setting, and each field before and after."""

    id: int
    at: datetime
    by: str
    key: str
    action: str
    reason: str | None
    fields: Sequence[FieldChange]


def recorded(desk: Desk, page: AreaPage, changes: Iterable[ChangeView]) -> list[RecordedChange]:
    """Return the changes of an area as its pages show them."""
    return [
        RecordedChange(
            id=each.id,
            at=each.at,
            by=each.by,
            key="" if page.kind.is_single else each.key,
            action=ADDED if each.before is None else REMOVED if each.after is None else CHANGED,
            reason=each.reason,
            fields=_differences(desk, page, each.before, each.after),
        )
        for each in changes
    ]


def validity(value: Mapping[str, Any], today: date) -> tuple[str, str]:
    """Return whether a dated setting is valid today, in words, with the look of its pill."""
    begins = date.fromisoformat(value["valid_from"])
    ends = date.fromisoformat(value["valid_to"]) if value.get("valid_to") else None
    active = bool(value.get("active", True))
    if not active:
        return N_("not in use"), "void"
    if is_valid_on(today, valid_from=begins, valid_to=ends, active=active):
        return N_("valid"), "paid"
    return (N_("begins later"), "sent") if begins > today else (N_("over"), "draft")


def _differences(
    desk: Desk, page: AreaPage, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[FieldChange]:
    old, new = page.kind.parts(before), page.kind.parts(after)
    found = []
    for part in dict.fromkeys([*old, *new]):
        was, now = (_texts(page.whole_form, side.get(part)) for side in (old, new))
        for field in page.whole_form.fields:
            if was[field.name] != now[field.name]:
                name = f"{part}, {desk.text(field.label)}" if part else desk.text(field.label)
                found.append(
                    FieldChange(name, shown(desk, field, was[field.name]), shown(desk, field, now[field.name]))
                )
    return found


def _texts(form: SettingForm, value: Mapping[str, Any] | None) -> dict[str, str]:
    return form.texts(value) if value is not None else {each.name: "" for each in form.fields}


def _words(field: SettingField, text: str) -> str:
    return next((words for value, words in field.options.items() if str(value) == text), text)


def _day(desk: Desk, text: str) -> str:
    try:
        return desk.formats.day(date.fromisoformat(text))
    except ValueError:
        return text


def _number(shown_as: Callable[[Decimal], str], text: str) -> str:
    try:
        return shown_as(Decimal(text))
    except InvalidOperation:
        return text


def _row(desk: Desk, columns: Sequence[SettingField], cells: Mapping[str, str]) -> str:
    told = [
        desk.text(each.label).lower() if each.control is Control.CHECK else shown(desk, each, cells[each.name])
        for each in columns
        if cells[each.name] and not (each.control is Control.CHECK and cells[each.name] == "false")
    ]
    return " ".join(told)
