"""The difference between two contents, small enough to be kept: edits are taken back and late work taken in by it.

A draft may have thousands of lines, and a state that travels through Temporal with every change must not hold them
twenty times over; what two versions have in common is therefore left out.
"""

from typing import Any

from models.content import Content, Line
from models.frozen import Frozen

_BY_PART = frozenset({"lines", "worklogs"})


class Placed(Frozen):
    at: int
    line: Line


class Patch(Frozen):
    """`fields`, and those of each `changed` line, are JSON values; `order` is there only where lines swapped places."""

    fields: dict[str, Any] = {}
    changed: dict[str, dict[str, Any]] = {}
    added: tuple[Placed, ...] = ()
    removed: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    worklogs: dict[str, int | None] = {}

    @property
    def size(self) -> int:
        return len(self.model_dump_json())


def difference(before: Content, after: Content) -> Patch:
    """What makes `after` of `before`: `patched(before, difference(before, after)) == after`."""
    old, new = ({line.id: line for line in content.lines} for content in (before, after))
    stayed = [line_id for line_id in old if line_id in new]
    swapped = stayed != [line_id for line_id in new if line_id in old]
    seconds = {i: s for i, s in after.worklogs.items() if before.worklogs.get(i) != s}
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
        worklogs={**seconds, **{i: None for i in before.worklogs if i not in after.worklogs}},
    )


def patched(content: Content, patch: Patch) -> Content:
    header = content.model_dump(exclude=set(_BY_PART)) | patch.fields
    removed = set(patch.removed)
    lines = [_patched_line(line, patch.changed.get(line.id)) for line in content.lines if line.id not in removed]
    for placed in patch.added:  # in ascending places, so each one's place is its final one
        lines.insert(placed.at, placed.line)
    if patch.order is not None:
        place = {line_id: n for n, line_id in enumerate(patch.order)}
        lines.sort(key=lambda line: place[line.id])
    seconds = {i: s for i, s in (content.worklogs | patch.worklogs).items() if s is not None}
    rest = Content.model_validate(header | {"lines": ()})
    return rest.model_copy(update={"lines": tuple(lines), "worklogs": seconds})


def _header(content: Content) -> dict[str, Any]:
    return content.model_dump(mode="json", exclude=set(_BY_PART))


def _line_difference(before: Line, after: Line) -> dict[str, Any]:
    """Most lines are the very same; the others are compared to the letter, as 2 hours print otherwise than 2.00."""
    return {} if before is after else _changed(before.model_dump(mode="json"), after.model_dump(mode="json"))


def _changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def _patched_line(line: Line, fields: dict[str, Any] | None) -> Line:
    return Line.model_validate(line.model_dump() | fields) if fields else line
