"""The body of the API that the changed fields of the edit form make, and the fields that its errors are about.

The form states what each field was when it was opened. Only what differs from that is sent, so two people who change
different fields do not undo each other's work.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from api.errors import ApiError
from api.invoice.command_bodies import EditBody
from api.pages.forms.fields import Control, body_of, value_of
from api.pages.invoice.edit_fields import AUTO, LISTS, WHOLE, controls
from api.pages.invoice.edit_lines import ORDER, full_order, unset
from models.values.base_models import Strict
from models.values.typed_amounts import NotAnAmount, typed_amount

LONGEST_WAS = 4_000_000
_PRESET = frozenset({"billed", "line_type"})  # a new line that has nothing else is empty
_TAGS = frozenset({"add", "change", "remove", "reorder", "line"})  # of a change, in the path of an error


@dataclass
class Reading:
    """What the changed fields mean: values for the body, errors by field, and the row that each line change is of."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    places: list[str] = field(default_factory=list)

    def body(self, **more: Any) -> EditBody | None:
        """Return the body; None if a field has an error, which is then in `errors`."""
        if self.errors:
            return None
        body, found = body_of(EditBody, {**self.values, **more})
        self.errors |= {self.field_of(path): message for path, message in found.items()}
        assert body is None or isinstance(body, EditBody)
        return body

    def refused(self, refused: ApiError) -> dict[str, str]:
        """Return the errors of the API's answer by the fields of the form."""
        details = refused.details if isinstance(refused.details, list) else []
        return {self.field_of(each.path): each.message for each in details}

    def field_of(self, path: str) -> str:
        """Return the field of the form that a path of the body is about, such as `line.L3.unit_price`."""
        first, *rest = path.split(".")
        if first != "line_changes" or not rest or not rest[0].isdecimal() or int(rest[0]) >= len(self.places):
            return path
        names = [each for each in rest[1:] if each not in _TAGS] or ["description"]
        if names[0] == "service_code":
            return ".".join(["code", *(names[1:] or ["ikpu"])])
        return f"{self.places[int(rest[0])]}.{names[-1]}"


def changed(yours: Mapping[str, str], was: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that differ from what they were. Amounts differ as numbers, not as texts."""
    known = controls({**yours, **was})
    return {
        name: text
        for name, text in yours.items()
        if name in known and not _same(known[name], text, was.get(name, _before(name)))
    }


def read_was(text: str) -> dict[str, str]:
    """Return what the fields were, as the form states it. Raise ValueError when it is not from a form of ours."""
    if len(text) > LONGEST_WAS:
        raise ValueError("too long")
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("no texts by names")
    return found


def reading(changes: Mapping[str, str], zone: ZoneInfo, present: Sequence[str]) -> Reading:
    """Return what the changed fields mean. `present` are the ids of the draft's lines in their order."""
    found = Reading()
    lines: dict[str, dict[str, Any]] = {}
    known = controls(changes)
    for name, text in changes.items():
        try:
            value = _value(name, known[name], text, zone)
        except ValueError as error:
            found.errors[name] = str(error)
            continue
        first, _, rest = name.partition(".")
        if name == ORDER:
            continue
        if first in ("line", "new", "code"):
            key, _, part = rest.rpartition(".")
            lines.setdefault(f"{first}.{key}" if key else first, {})[part] = value
        elif rest:
            found.values.setdefault(first, {})[rest] = value
        else:
            found.values[name] = value
    _with_code(lines, found)
    _add_line_changes(lines, changes.get(ORDER), present, found)
    return found


def _value(name: str, control: Control, text: str, zone: ZoneInfo) -> Any:
    if name in LISTS:
        parts = [part.strip() for part in text.replace(";", ",").replace("\n", ",").split(",") if part.strip()]
        return [_whole(part) for part in parts] if name == "reminder_days" else parts
    if name in WHOLE:
        return _whole(text)
    if name == "total_amount" and not text:
        return AUTO
    if control in (Control.AMOUNT, Control.DAY) and not text:
        raise ValueError("must not be empty")
    if name.endswith((".quantity", ".rate_multiplier")):
        return format(typed_amount(text), "f")
    return value_of(control, text, zone)


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal() or len(text) > 12:
        raise ValueError("must be a whole number")
    return int(text)


def _with_code(lines: dict[str, dict[str, Any]], found: Reading) -> None:
    """Move the code that was typed for one line to the change of that line."""
    code = lines.pop("code", None)
    if code is None:
        return
    line_id = code.pop("line", "")
    if not line_id:
        found.errors.setdefault("code.line", "choose the line that has this code")
        return
    lines.setdefault(f"line.{line_id}", {})["service_code"] = code


def _add_line_changes(
    lines: Mapping[str, Mapping[str, Any]], order: str | None, present: Sequence[str], found: Reading
) -> None:
    """Add the changes in the order in which they are applied: removals, the order, then changed and new lines."""
    removed = [
        key.partition(".")[2] for key, fields in lines.items() if key.startswith("line.") and fields.get("remove")
    ]
    changes: list[tuple[str, dict[str, Any]]] = [
        (f"line.{line_id}", {"op": "remove", "id": line_id}) for line_id in removed
    ]
    kept = [line_id for line_id in present if line_id not in removed]
    if order is not None and (ordered := full_order(order.split(), kept)) != kept:
        changes.append((ORDER, {"op": "reorder", "ids": ordered}))
    for key, fields in lines.items():
        kind, _, line_id = key.partition(".")
        given = {name: value for name, value in fields.items() if name not in ("remove", "before")}
        if kind == "new" and given.keys() - _PRESET and not fields.get("remove"):
            before = fields.get("before") or None
            changes.append((key, {"op": "add", "line": given, "before": before if before in kept else None}))
        elif kind == "line" and given and line_id not in removed:
            changes.append((key, {"op": "change", "id": line_id, **given}))
    if changes:
        found.places = [place for place, _ in changes]
        found.values["line_changes"] = [change for _, change in changes]


def _same(control: Control, text: str, was: str) -> bool:
    if text.replace("\r\n", "\n").strip() == was.replace("\r\n", "\n").strip():
        return True
    if control is not Control.AMOUNT or not text or not was:
        return False
    try:
        return typed_amount(text) == typed_amount(was)
    except NotAnAmount:
        return False


def _before(name: str) -> str:
    return unset(name) if name.startswith(("line.", "new.")) else ""


def is_only_note(body: Strict) -> bool:
    """Return whether the body changes nothing: it has the revision, and perhaps a note."""
    return body.model_fields_set <= {"expected_revision", "note"}
