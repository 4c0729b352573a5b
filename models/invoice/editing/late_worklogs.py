"""Late work: what ClickHouse says now, held against what an invoice was computed from.

In a draft a person may take it in; an issued invoice stays as it is, and the difference is a proposal.
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

# A draft of thousands of worklogs may differ in all of them; the counts are complete, the lists are for reading.
LISTED = 200

DifferenceKind = Literal["added", "changed", "removed"]
Difference = tuple[Line | None, Line | None, str | None]  # before, after, and why it is kept as before


class WorklogDifference(Frozen):
    """Hours as logged; None on the side where the worklog is not there, or was not written down."""

    worklog_id: str
    task: str
    kind: DifferenceKind
    hours_before: Decimal | None
    hours_after: Decimal | None


class LineDifference(Frozen):
    """`kept_because` is set where the facts say otherwise but a person's change stands; nothing changes there."""

    description: str
    quantity_before: Decimal | None
    quantity_after: Decimal | None
    amount_before: Decimal | None
    amount_after: Decimal | None
    billed: bool
    kept_because: str | None = None


class LateWork(Frozen):
    at: datetime
    added: int = 0
    changed: int = 0
    removed: int = 0
    worklogs: tuple[WorklogDifference, ...] = Field(default=(), description=f"the first {LISTED}")
    lines: tuple[LineDifference, ...] = Field(default=(), description=f"the first {LISTED}")
    totals_before: Totals
    totals_after: Totals
    proposal: bool = Field(default=False, description="the invoice is issued; it stays as it is")
    obstacle: str | None = Field(default=None, description="why it cannot be taken in")
    patch: Patch | None = Field(default=None, description="what taking it in changes")

    @property
    def differs(self) -> bool:
        counted = bool(self.added or self.changed or self.removed or self.lines)
        return counted or self.totals_before != self.totals_after or self.obstacle is not None

    def as_proposal(self) -> "LateWork":
        return self.model_copy(update={"proposal": True, "patch": None})


def compare(mine: Content, fresh: Content, at: datetime, *, issued: bool) -> LateWork:
    """`fresh` is the draft that would be made of today's facts."""
    obstacle = _obstacle(mine, fresh)
    after = mine if obstacle else merge_late_work(mine, fresh)
    kinds = _kinds(_known(mine), fresh.service.worklogs)
    lines = [*_kept(mine, fresh, set(kinds)), *_lines(mine, after)]
    counts = Counter(kinds.values())
    return LateWork(
        at=at,
        added=counts["added"],
        changed=counts["changed"],
        removed=counts["removed"],
        worklogs=tuple(_worklogs(mine, fresh, dict(islice(kinds.items(), LISTED)))),
        lines=tuple(_line(*each) for each in lines[:LISTED]),
        totals_before=mine.totals,
        totals_after=after.totals,
        proposal=issued,
        obstacle=obstacle,
        patch=None if issued or obstacle else difference(mine, after),
    )


def _obstacle(mine: Content, fresh: Content) -> str | None:
    was, now = mine.service, fresh.service
    for words, old, new in (
        ("currency", mine.currency, fresh.currency),
        ("deal type", was.deal_type, now.deal_type),
        ("kind of client", was.client_type, now.client_type),
    ):
        if old != new:
            return f"The contract's {words} was {old} and is {new} now; regenerate the draft instead."
    return None


def merge_late_work(mine: Content, fresh: Content) -> Content:
    """The draft with today's facts in its computed lines, each under its own id and at its place.

    A person's word stands: a line that was added or changed by hand stays as it is, a removed one stays away, and
    overtime that was touched stays as a whole, because its hours are shared out over its lines. A total typed by hand
    stays too.
    """
    stays = _overtime_stays(mine)
    today = {key: line for line in fresh.lines if (key := line.identity) and not (stays and _is_overtime(line))}
    lines: list[Line] = []
    for line in mine.lines:
        if _is_manual(line) or (stays and _is_overtime(line)):
            lines.append(line)
        elif new := today.get(line.identity or ""):
            lines.append(new.model_copy(update={"id": line.id}))
    lines = _with_new(lines, today, mine)
    computed = {n: getattr(fresh.service, n) for n in ("rate_rule", "suggested_base_amount", "worklogs")}
    after = mine.with_service(**computed).model_copy(update={"warnings": fresh.warnings, "lines": tuple(lines)})
    totals = sum_up(
        lines,
        currency=mine.currency,
        tax=mine.tax,
        total_hours=hours_worked(after.service, lines) if mine.service.hours_follow_lines else fresh.totals.total_hours,
        manual=mine.totals.total_amount if mine.totals.total_is_manual else None,
    )
    return after.model_copy(update={"totals": totals})


def _with_new(lines: list[Line], today: dict[str, Line], mine: Content) -> list[Line]:
    """A new line goes behind the one that it follows in a new draft. Its id is none that the draft has had: a line that
    is gone must not look like one that was changed."""
    known = {line.identity for line in mine.lines} | set(mine.dropped)
    standing = {line.identity for line in lines}
    new_behind: dict[str | None, list[Line]] = {}
    behind, ids = None, new_ids(mine.lines)
    for key, line in today.items():
        if key in standing:
            behind = key
        elif key not in known:
            new_behind.setdefault(behind, []).append(line.model_copy(update={"id": next(ids)}))
    result = new_behind.get(None, [])
    for line in lines:
        result.append(line)
        result.extend(new_behind.get(line.identity, []) if line.identity else [])
    return result


def _overtime_stays(mine: Content) -> bool:
    removed = any(identity.startswith(f"{LineType.OVERTIME}|") for identity in mine.dropped)
    return removed or any(_is_overtime(line) and _is_manual(line) for line in mine.lines)


def _is_overtime(line: Line) -> bool:
    return line.line_type is LineType.OVERTIME


def _is_manual(line: Line) -> bool:
    return line.is_manual


def _known(content: Content) -> dict[str, int | None]:
    """Worklogs that the content was computed from; a draft of an older release knows their ids only."""
    if content.service.worklogs:
        return dict(content.service.worklogs)
    return {worklog_id: None for line in content.lines for worklog_id in line.work.worklogs}


def _kinds(before: dict[str, int | None], after: dict[str, int]) -> dict[str, DifferenceKind]:
    """How each worklog differs, where it does."""
    ids = sorted(before.keys() | after.keys())
    return {worklog_id: kind for worklog_id in ids if (kind := _kind(worklog_id, before, after))}


def _kind(worklog_id: str, before: dict[str, int | None], after: dict[str, int]) -> DifferenceKind | None:
    if worklog_id not in before:
        return "added"
    if worklog_id not in after:
        return "removed"
    return "changed" if before[worklog_id] not in (None, after[worklog_id]) else None


def _worklogs(mine: Content, fresh: Content, kinds: dict[str, DifferenceKind]) -> Iterator[WorklogDifference]:
    before, after = _known(mine), fresh.service.worklogs
    tasks = _tasks(mine.lines) | _tasks(fresh.lines)
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
    """Which task each worklog was for."""
    named = (line for line in lines if not _is_overtime(line))
    return {worklog_id: line.description for line in named for worklog_id in line.work.worklogs}


def _lines(mine: Content, after: Content) -> list[Difference]:
    old, new = ({line.id: line for line in content.lines} for content in (mine, after))
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


def _kept(mine: Content, fresh: Content, differing: set[str]) -> list[Difference]:
    """Where the facts differ, and a person's word stands all the same."""
    today = {i: line for line in fresh.lines if (i := line.identity) and not differing.isdisjoint(line.work.worklogs)}
    own = {i: line for line in mine.lines if (i := line.identity)}
    found: list[Difference] = []
    for identity in own | today:
        mine_line, new = own.get(identity), today.get(identity)
        concerned = new is not None or (mine_line is not None and not differing.isdisjoint(mine_line.work.worklogs))
        if concerned and (why := _why_kept(mine, mine_line, new)):
            found.append((mine_line, new, why))
    return found


def _why_kept(mine: Content, standing: Line | None, new: Line | None) -> str | None:
    shown = standing or new
    assert shown is not None
    if _is_overtime(shown) and _overtime_stays(mine):
        return "the overtime was changed by hand"
    if standing is not None:
        return "the line was changed by hand" if _is_manual(standing) else None
    return "the line was removed by hand" if shown.identity in mine.dropped else None
