"""Late work: the difference between an invoice and the draft computed from today's contract data.

A person may take the difference into a draft. An issued invoice stays as it is, and the difference is a proposal
(docs/specification/lifecycle.md 4.4).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Literal

from pydantic import Field

from models.invoice.content.content import Content
from models.invoice.content.hours import hours_worked
from models.invoice.content.lines import Line, LineType
from models.invoice.content.totals import Totals, sum_up
from models.invoice.editing.lines import new_ids
from models.invoice.editing.patch import Patch, difference
from models.values.base_models import Frozen
from models.values.money import hours

# A draft of thousands of worklogs may differ in all of them. The counts are complete; the lists are cut for readers.
LISTED = 200

DifferenceKind = Literal["added", "changed", "removed"]
Difference = tuple[Line | None, Line | None, str | None]  # before, after, and the reason why the line before is kept


class WorklogDifference(Frozen):
    """One worklog that differs, with the hours as logged.

    Hours are None on the side where the worklog does not exist, and for a draft of an older release.
    """

    worklog_id: str
    task: str
    kind: DifferenceKind
    hours_before: Decimal | None
    hours_after: Decimal | None


class LineDifference(Frozen):
    """One line that differs. If `kept_because` is set, a change made by hand is kept and the line stays."""

    description: str
    quantity_before: Decimal | None
    quantity_after: Decimal | None
    amount_before: Decimal | None
    amount_after: Decimal | None
    billed: bool
    kept_because: str | None = None


class LateWork(Frozen):
    """The result of a comparison with today's contract data."""

    at: datetime
    added: int = 0
    changed: int = 0
    removed: int = 0
    worklogs: tuple[WorklogDifference, ...] = Field(default=(), description=f"the first {LISTED}")
    lines: tuple[LineDifference, ...] = Field(default=(), description=f"the first {LISTED}")
    totals_before: Totals
    totals_after: Totals
    proposal: bool = Field(default=False, description="the invoice is issued and stays as it is")
    since: datetime | None = Field(
        default=None, exclude_if=lambda moment: moment is None, description="when a check first found a difference"
    )
    obstacle: str | None = Field(default=None, description="the reason why it cannot be taken in")
    patch: Patch | None = Field(default=None, description="the changes that taking it in makes")

    @property
    def differs(self) -> bool:
        counted = bool(self.added or self.changed or self.removed or self.lines)
        return counted or self.totals_before != self.totals_after or self.obstacle is not None

    def as_proposal(self) -> "LateWork":
        """Return the same comparison for an invoice that has been issued meanwhile."""
        return self.model_copy(update={"proposal": True, "patch": None})


def compare(current: Content, recomputed: Content, at: datetime, *, issued: bool) -> LateWork:
    """Return how `current` differs from `recomputed`, the draft computed from today's contract data."""
    obstacle = _obstacle(current, recomputed)
    after = current if obstacle else merge_late_work(current, recomputed)
    kinds = _kinds(_worklogs_of(current), recomputed.service.worklogs)
    lines = [*_kept(current, recomputed, set(kinds)), *_lines(current, after)]
    counts = Counter(kinds.values())
    return LateWork(
        at=at,
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
        worklogs=tuple(_worklogs(current, recomputed, dict(islice(kinds.items(), LISTED)))),
        lines=tuple(_line(*each) for each in lines[:LISTED]),
        totals_before=current.totals,
        totals_after=after.totals,
        proposal=issued,
        obstacle=obstacle,
        patch=None if issued or obstacle else difference(current, after),
    )


def _obstacle(current: Content, recomputed: Content) -> str | None:
    was, now = current.service, recomputed.service
    for name, old, new in (
        ("currency", current.currency, recomputed.currency),
        ("deal type", was.deal_type, now.deal_type),
        ("client type", was.client_type, now.client_type),
    ):
        if old != new:
            return f"The contract's {name} was {old} and is {new} now; regenerate the draft instead."
    return None


def merge_late_work(current: Content, recomputed: Content) -> Content:
    """Return the current draft with its computed lines replaced by the recomputed ones, under the same ids and places.

    Changes made by hand are kept: an added or changed line stays, a removed line is not added again, and a total typed
    by hand stays. If any overtime line was changed or removed by hand, all overtime lines stay, because the overtime
    hours are divided among them.
    """
    stays = _overtime_stays(current)
    today = {key: line for line in recomputed.lines if (key := line.identity) and not (stays and _is_overtime(line))}
    lines: list[Line] = []
    for line in current.lines:
        if line.is_manual or (stays and _is_overtime(line)):
            lines.append(line)
        elif new := today.get(line.identity or ""):
            lines.append(new.model_copy(update={"id": line.id}))
    lines = _with_new(lines, today, current)
    computed = {
        n: getattr(recomputed.service, n) for n in ("rate_rule", "suggested_base_amount", "worklogs", "overlaps")
    }
    after = current.with_service(**computed).model_copy(update={"warnings": recomputed.warnings, "lines": tuple(lines)})
    totals = sum_up(
        lines,
        currency=current.currency,
        tax=current.tax,
        total_hours=hours_worked(after.service, lines)
        if current.service.hours_follow_lines
        else recomputed.totals.total_hours,
        manual=current.totals.total_amount if current.totals.total_is_manual else None,
    )
    return after.model_copy(update={"totals": totals})


def _with_new(lines: list[Line], today: dict[str, Line], current: Content) -> list[Line]:
    """Return the lines with each new line after the line that it follows in the recomputed draft.

    A new line gets an id that the draft never had, so that a removed line and a new one do not look like one changed
    line.
    """
    known = {line.identity for line in current.lines} | set(current.dropped)
    present = {line.identity for line in lines}
    new_after: dict[str | None, list[Line]] = {}
    previous, ids = None, new_ids(current.lines)
    for key, line in today.items():
        if key in present:
            previous = key
        elif key not in known:
            new_after.setdefault(previous, []).append(line.model_copy(update={"id": next(ids)}))
    result = new_after.get(None, [])
    for line in lines:
        result.append(line)
        result.extend(new_after.get(line.identity, []) if line.identity else [])
    return result


def _overtime_stays(current: Content) -> bool:
    removed = any(identity.startswith(f"{LineType.OVERTIME}|") for identity in current.dropped)
    return removed or any(_is_overtime(line) and line.is_manual for line in current.lines)


def _is_overtime(line: Line) -> bool:
    return line.line_type is LineType.OVERTIME


def _worklogs_of(content: Content) -> dict[str, int | None]:
    """Return the worklogs that the content was computed from, with their seconds.

    A draft of an older release has only their ids; the seconds are then None.
    """
    if content.service.worklogs:
        return dict(content.service.worklogs)
    return {worklog_id: None for line in content.lines for worklog_id in line.work.worklogs}


def _kinds(before: dict[str, int | None], after: dict[str, int]) -> dict[str, DifferenceKind]:
    """Return how each worklog differs; worklogs that do not differ are left out."""
    ids = sorted(before.keys() | after.keys())
    return {worklog_id: kind for worklog_id in ids if (kind := _kind(worklog_id, before, after))}


def _kind(worklog_id: str, before: dict[str, int | None], after: dict[str, int]) -> DifferenceKind | None:
    if worklog_id not in before:
        return "added"
    if worklog_id not in after:
        return "removed"
    return "changed" if before[worklog_id] not in (None, after[worklog_id]) else None


def _worklogs(current: Content, recomputed: Content, kinds: dict[str, DifferenceKind]) -> Iterator[WorklogDifference]:
    before, after = _worklogs_of(current), recomputed.service.worklogs
    tasks = _tasks(current.lines) | _tasks(recomputed.lines)
    for worklog_id, kind in kinds.items():
        yield WorklogDifference(
            worklog_id=worklog_id,
            task=tasks.get(worklog_id, ""),
            kind=kind,
            hours_before=_hours(before.get(worklog_id)),
            hours_after=_hours(after.get(worklog_id)),
        )


def _hours(seconds: int | None) -> Decimal | None:
    return None if seconds is None else hours(seconds)


def _tasks(lines: Iterable[Line]) -> dict[str, str]:
    """Return the description of the task line of each worklog."""
    tasks = (line for line in lines if not _is_overtime(line))
    return {worklog_id: line.description for line in tasks for worklog_id in line.work.worklogs}


def _lines(current: Content, after: Content) -> list[Difference]:
    old, new = ({line.id: line for line in content.lines} for content in (current, after))
    pairs = [(old.get(line_id), new.get(line_id)) for line_id in old | new]
    return [(*pair, None) for pair in pairs if _amounts(pair[0]) != _amounts(pair[1])]


def _amounts(line: Line | None) -> tuple[object, ...] | None:
    return (line.description, line.quantity, line.unit_price, line.line_total) if line else None


def _line(before: Line | None, after: Line | None, kept_because: str | None) -> LineDifference:
    shown = after or before
    assert shown is not None
    return LineDifference(
        description=shown.description,
        quantity_before=before.quantity if before else None,
        quantity_after=after.quantity if after else None,
        amount_before=before.line_total if before else None,
        amount_after=after.line_total if after else None,
        billed=shown.billed,
        kept_because=kept_because,
    )


def _kept(current: Content, recomputed: Content, differing: set[str]) -> list[Difference]:
    """Return the lines whose worklogs differ and that stay because a person changed them."""
    new = {i: line for line in recomputed.lines if (i := line.identity) and _concerns(line, differing)}
    old = {i: line for line in current.lines if (i := line.identity)}
    found: list[Difference] = []
    for identity in old | new:
        before, after = old.get(identity), new.get(identity)
        concerned = after is not None or (before is not None and _concerns(before, differing))
        if concerned and (reason := _reason_kept(current, before, after)):
            found.append((before, after, reason))
    return found


def _concerns(line: Line, worklogs: set[str]) -> bool:
    return not worklogs.isdisjoint(line.work.worklogs)


def _reason_kept(current: Content, before: Line | None, after: Line | None) -> str | None:
    shown = before or after
    assert shown is not None
    if _is_overtime(shown) and _overtime_stays(current):
        return "the overtime was changed by hand"
    if before is not None:
        return "the line was changed by hand" if before.is_manual else None
    return "the line was removed by hand" if shown.identity in current.dropped else None
