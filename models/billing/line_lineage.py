"""The lineage of a line: its worklogs compared with their present records in ClickHouse.

Worklogs may be corrected or deleted after the invoice was made. The document does not change; the differences are
reported, so that a person can decide whether to correct it.
"""

from collections.abc import Iterable

from models.billing.pricing import issue_of
from models.contracts.rate_rule import RateRule, billable_seconds
from models.contracts.worklog import Worklog
from models.invoice.content.lines import Line, LineType
from models.values.base_models import Frozen
from models.values.money import hours

PRICED_BY_TIER = frozenset({"SUP.task", "HR.task"})


class LineSources(Frozen):
    """The worklogs of a line that still exist, the ids of those that do not, and what differs from the line.

    `changes` is empty if the worklogs agree with the line.
    """

    worklogs: tuple[Worklog, ...] = ()
    missing: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


def sources_of(line: Line, rule: RateRule, present: Iterable[Worklog]) -> LineSources:
    """Return the sources of the line, given the present records of its worklogs."""
    worklogs = tuple(present)
    present_ids = {each.worklog_id for each in worklogs}
    missing = tuple(each for each in line.work.worklogs if each not in present_ids)
    return LineSources(worklogs=worklogs, missing=missing, changes=tuple(_changes(line, rule, worklogs, missing)))


def _changes(line: Line, rule: RateRule, worklogs: tuple[Worklog, ...], missing: tuple[str, ...]) -> Iterable[str]:
    if missing:
        yield (
            f"{len(missing)} of the line's {len(line.work.worklogs)} worklogs are no longer among the contract's "
            f"worklogs of this period: {', '.join(missing)}."
        )
    elif worklogs:
        yield from _changed_time(line, worklogs)
        days = {each.started_on for each in worklogs}
        if days != set(line.work.worked_on):
            yield f"The worklogs are on other days than the line: {', '.join(str(day) for day in sorted(days))}."
    if line.line_type is LineType.TASK:
        for each in worklogs:
            if issue_of(each) != line.work.jira_key:
                yield f"Worklog {each.worklog_id} is now logged on {issue_of(each)}, not on {line.work.jira_key}."
    if line.rule in PRICED_BY_TIER:
        for each in worklogs:
            if (tier := rule.tier(each)) is not line.work.rate_tier:
                yield f"Worklog {each.worklog_id} is now of the tier {tier}, not {line.work.rate_tier}."


def _changed_time(line: Line, worklogs: tuple[Worklog, ...]) -> Iterable[str]:
    """Report a changed time. An overtime line may bill a part of a worklog, so for it only missing time is reported."""
    logged = sum(each.seconds for each in worklogs)
    billable = sum(billable_seconds(each) for each in worklogs)
    if line.line_type is LineType.TASK and logged != line.work.time_seconds:
        yield f"The worklogs add up to {hours(logged)} h now; the line was made from {hours(line.work.time_seconds)} h."
    if line.line_type is LineType.OVERTIME and billable < line.work.billable_seconds:
        yield f"The worklogs add up to {hours(billable)} h now; the line bills {hours(line.work.billable_seconds)} h."
