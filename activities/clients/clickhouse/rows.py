"""Rows of ClickHouse as facts, or the reason why one cannot be read."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from models.contracts.contract import Contract, ContractUnreadable
from models.contracts.worklog import Worklog, WorklogUnreadable

Row = dict[str, Any]


def application_of(row: Row) -> Contract | ContractUnreadable:
    try:
        return Contract.model_validate(row)
    except ValidationError as error:
        return ContractUnreadable(row["application_key"], _flaws(error))


def worklogs_of_rows(rows: list[Row]) -> list[Worklog]:
    """Each worklog once, also where a sync has left two rows of it: it must not be billed twice.

    A table without ids gets them from what a row says and how many rows before it say the same of that day.
    """
    counted: Counter[tuple[str, date, str]] = Counter()
    made: dict[str, Worklog] = {}
    for row in sorted(rows, key=_said):
        group = (row["issue_key"], row["start_date"], row["account_id"])
        counted[group] += 1
        worklog = _worklog(row, row["worklog_id"] or "/".join(map(str, (*group, counted[group]))))
        _agree(made.setdefault(worklog.worklog_id, worklog), worklog)
    return sorted(
        made.values(),
        key=lambda each: (each.started_on, *_empty_last(each.started_at), each.issue_key, each.worklog_id),
    )


def _agree(first: Worklog, other: Worklog) -> None:
    """Raises WorklogUnreadable where nobody can tell which of two rows is the worklog."""
    for name in ("issue_key", "account_id", "started_on", "started_at", "seconds"):
        one, two = getattr(first, name), getattr(other, name)
        if one != two:
            flaw = f"two rows have this id, one with {name} {one}, one with {two}"
            raise WorklogUnreadable(first.worklog_id, first.issue_key, first.started_on, flaw)


def _said(row: Row) -> tuple[object, ...]:
    columns = ("start_date", "issue_key", "account_id")
    others = ("user_name", "project_label", "worklog_id")
    return (
        *(row[column] for column in columns),
        *_empty_last(row["duration_seconds"]),
        *(row[column] for column in others),
        *_empty_last(row["started_at"]),
    )


def _empty_last(value: object) -> tuple[bool, object]:
    """Sorts what is empty behind what is not: a worklog without a time of day comes after those that have one."""
    return value is None, value


def _worklog(row: Row, worklog_id: str) -> Worklog:
    started = row["started_at"]
    try:
        return Worklog(
            worklog_id=worklog_id,
            issue_key=row["issue_key"],
            issue_summary=row["issue_summary"],
            issue_type=row["issue_type"],
            priority=row["priority"],
            account_id=row["account_id"],
            user_name=row["user_name"],
            project_label=row["project_label"],
            started_on=row["start_date"],
            started_at=None if started is None else datetime.fromtimestamp(started, UTC),
            seconds=row["duration_seconds"],
            linked_issue_key=row["linked_issue_key"],
        )
    except ValidationError as error:
        raise WorklogUnreadable(worklog_id, row["issue_key"], row["start_date"], _flaws(error)) from None


def _flaws(error: ValidationError) -> str:
    """In words of the tables, for those who put it right there."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc']))} is {'empty' if each['input'] is None else repr(each['input'])}"
        for each in error.errors()
    )
