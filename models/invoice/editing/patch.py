"""The difference between two contents. Edits are undone and late work is taken in by applying such a patch.

A patch leaves out what the two contents have in common: a draft may have thousands of lines, and the state, which is
sent through Temporal with every change, keeps up to twenty patches.
"""

from typing import Any

from pydantic import model_validator

from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.flat_shape import patch_from_flat
from models.invoice.content.lines import Line
from models.values.base_models import Frozen

_OMITTED = ("cc", "bcc")
_NO_CODE: dict[str, Any] = {"service_code": None}
_BY_PART: Any = {"lines": True, "basis": {"worklogs": True}}
# Of these objects only the fields that differ are kept: an edit of the contract's name does not repeat its rates.
_NESTED = frozenset({"basis", "source"})


class Placed(Frozen):
    """A new line and its index in the content after the patch."""

    at: int
    line: Line


class Patch(Frozen):
    """The changes from one content to another.

    `fields`, and the fields of each line in `changed`, are JSON values. `order` has the ids of all lines, and only if
    the order of lines that stay has changed. `worklogs` maps an id to its seconds, or to None if it was removed.
    """

    fields: dict[str, Any] = {}
    changed: dict[str, dict[str, Any]] = {}
    added: tuple[Placed, ...] = ()
    removed: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    worklogs: dict[str, int | None] = {}

    @model_validator(mode="before")
    @classmethod
    def _read_flat(cls, value: Any) -> Any:
        return patch_from_flat(value)

    @property
    def size(self) -> int:
        return len(self.model_dump_json())


def difference(before: Content, after: Content) -> Patch:
    """Return the patch from `before` to `after`: `apply_patch(before, difference(before, after)) == after`."""
    old, new = ({line.id: line for line in content.lines} for content in (before, after))
    stayed = [line_id for line_id in old if line_id in new]
    swapped = stayed != [line_id for line_id in new if line_id in old]
    logged, logged_before = _worklogs(after), _worklogs(before)
    seconds = {i: s for i, s in logged.items() if logged_before.get(i) != s}
    return Patch(
        fields=_changed(_header(before), _header(after)),
        changed={
            line.id: fields
            for line in after.lines
            if line.id in old and (fields := _line_difference(old[line.id], line))
        },
        added=tuple(Placed(at=at, line=line) for at, line in enumerate(after.lines) if line.id not in old),
        removed=tuple(line_id for line_id in old if line_id not in new),
        order=tuple(new) if swapped else None,
        worklogs={**seconds, **{i: None for i in logged_before if i not in logged}},
    )


def apply_patch(content: Content, patch: Patch) -> Content:
    """Return the content after the patch."""
    header = _merged(content.model_dump(exclude=_BY_PART), patch.fields)
    removed = set(patch.removed)
    lines = [_patched_line(line, patch.changed.get(line.id)) for line in content.lines if line.id not in removed]
    for placed in patch.added:  # in ascending order, so that each index is the final one
        lines.insert(placed.at, placed.line)
    if patch.order is not None:
        place = {line_id: n for n, line_id in enumerate(patch.order)}
        lines.sort(key=lambda line: place[line.id])
    rest = Content.model_validate(header | {"lines": ()}).model_copy(update={"lines": tuple(lines)})
    if not isinstance(content.basis, ServiceBasis):
        return rest
    return rest.with_service(worklogs={i: s for i, s in (_worklogs(content) | patch.worklogs).items() if s is not None})


def _worklogs(content: Content) -> dict[str, int]:
    return content.basis.worklogs if isinstance(content.basis, ServiceBasis) else {}


def _header(content: Content) -> dict[str, Any]:
    """Return the fields of the header. Those that the JSON of a content omits when they are empty are always there."""
    omitted: dict[str, Any] = {name: list(getattr(content, name)) for name in _OMITTED} | _NO_CODE
    return omitted | content.model_dump(mode="json", exclude=_BY_PART)


def _line_difference(before: Line, after: Line) -> dict[str, Any]:
    """Return the fields of the line that differ. Most lines are the same object and need no comparison.

    JSON is compared, because the equal numbers 2 and 2.00 print differently.
    """
    if before is after:
        return {}
    return _changed(_NO_CODE | before.model_dump(mode="json"), _NO_CODE | after.model_dump(mode="json"))


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return the values of `after` that differ; of a nested object only its fields that differ."""
    found = {name: value for name, value in after.items() if name not in before or before[name] != value}
    for name in _NESTED & found.keys():
        old, new = before.get(name), found[name]
        if old and new:
            found[name] = _changed(old, new)
    return found


def _merged(before: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    nested = {n: before[n] | changes[n] for n in _NESTED & changes.keys() if before.get(n) and changes[n]}
    return before | changes | nested


def _patched_line(line: Line, fields: dict[str, Any] | None) -> Line:
    return Line.model_validate(_merged(line.model_dump(), fields)) if fields else line
