"""Rows of ClickHouse as contracts and worklogs, or the reason why a row cannot be read."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from models.contracts.contract import Contract, ContractKeyAmbiguous, ContractNotFound, ContractUnreadable
from models.contracts.worklog import Worklog, WorklogUnreadable

Row = dict[str, Any]


class FoundContracts(NamedTuple):
    """One page of the contracts that match a search; `total` counts the contracts of all pages."""

    items: list[Contract]
    total: int
    unreadable: list[ContractUnreadable]


class ContractRows(NamedTuple):
    """The rows of the contract table: contracts, and the errors of the rows that cannot be read."""

    read: list[Contract]
    unreadable: list[ContractUnreadable]


class WorklogsOfContracts(NamedTuple):
    """The worklogs of several contracts, and the errors of contracts with unreadable worklogs, by contract key."""

    read: dict[str, list[Worklog]]
    unreadable: dict[str, WorklogUnreadable]


class WorklogDigest(NamedTuple):
    """The number of the rows of some worklogs, and a hash of their content that does not depend on their order."""

    rows: int
    content: int


def contract_of_row(row: Row) -> Contract | ContractUnreadable:
    """Return the contract, or as a value the error that names the columns that cannot be read."""
    try:
        return Contract.model_validate(row)
    except ValidationError as error:
        return ContractUnreadable(row["application_key"], _wrong_columns(error))


def contract_rows(rows: list[Row]) -> ContractRows:
    """Return the contracts of the rows, and apart from them the errors of the rows that cannot be read."""
    read = [contract_of_row(row) for row in rows]
    return ContractRows(
        [each for each in read if isinstance(each, Contract)],
        [each for each in read if isinstance(each, ContractUnreadable)],
    )


def contracts_by_key(
    rows: list[Row], keys: Iterable[str]
) -> dict[str, Contract | ContractNotFound | ContractUnreadable | ContractKeyAmbiguous]:
    """Return for each key its contract, or as a value the error that says why it cannot be billed.

    `rows` are the contracts with these keys in any case. Two that differ in case only may be one contract.
    """
    spellings: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        spellings[row["application_key"].lower()].setdefault(row["application_key"], row)
    return {key: _contract_named(key, spellings[key.lower()]) for key in keys}


def _contract_named(
    key: str, spellings: dict[str, Row]
) -> Contract | ContractNotFound | ContractUnreadable | ContractKeyAmbiguous:
    if key not in spellings:
        return ContractNotFound(key, tuple(sorted(spellings)))
    if len(spellings) > 1:
        return ContractKeyAmbiguous(tuple(sorted(spellings)))
    return contract_of_row(spellings[key])


def worklogs_of_rows(rows: list[Row]) -> list[Worklog]:
    """Return each worklog once, ordered by day, start, issue and id. Raises WorklogUnreadable.

    A synchronisation may leave two rows of one worklog, which must not be billed twice.
    """
    worklogs: dict[str, Worklog] = {}
    for worklog_id, row in _with_ids(rows):
        worklog = _worklog(row, worklog_id)
        _require_equal(worklogs.setdefault(worklog_id, worklog), worklog)
    return sorted(
        worklogs.values(),
        key=lambda each: (each.started_on, *_empty_last(each.started_at), each.issue_key, each.worklog_id),
    )


def _with_ids(rows: list[Row]) -> Iterator[tuple[str, Row]]:
    """Yield the rows with their ids, rows of one id always in the same order.

    In a table without ids the id is made of issue, day, account and the position of the row among the rows with the
    same three values.
    """
    if len({row["worklog_id"] for row in rows if row["worklog_id"]}) == len(rows):
        yield from ((row["worklog_id"], row) for row in rows)  # the usual case, in which the order decides nothing
        return
    positions: Counter[tuple[str, date, str]] = Counter()
    for row in sorted(rows, key=_sort_key):
        group = (row["issue_key"], row["start_date"], row["account_id"])
        positions[group] += 1
        yield row["worklog_id"] or "/".join(map(str, (*group, positions[group]))), row


def _require_equal(first: Worklog, other: Worklog) -> None:
    """Raise WorklogUnreadable if two rows of one id differ in a value that the price depends on."""
    if first is other:
        return  # the only row of its id
    for name in ("issue_key", "account_id", "started_on", "started_at", "seconds"):
        one, two = getattr(first, name), getattr(other, name)
        if one != two:
            reason = f"two rows have this id, one with {name} {one}, one with {two}"
            raise WorklogUnreadable(first.worklog_id, first.issue_key, first.started_on, reason)


def _sort_key(row: Row) -> tuple[object, ...]:
    columns = ("start_date", "issue_key", "account_id")
    others = ("user_name", "project_label", "worklog_id")
    return (
        *(row[column] for column in columns),
        *_empty_last(row["duration_seconds"]),
        *(row[column] for column in others),
        *_empty_last(row["started_at"]),
    )


def _empty_last(value: object) -> tuple[bool, object]:
    """Return a sort key that places None last, for example a worklog without a time of day after those with one."""
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
        raise WorklogUnreadable(worklog_id, row["issue_key"], row["start_date"], _wrong_columns(error)) from None


def _wrong_columns(error: ValidationError) -> str:
    """Return the wrong columns and their values, by the columns' names, for the person who corrects the table."""
    return "; ".join(
        f"{'.'.join(map(str, each['loc']))} is {'empty' if each['input'] is None else repr(each['input'])}"
        for each in error.errors()
    )


def without_nul(row: Row) -> Row:
    """Return the row without NUL characters, which PostgreSQL cannot store and which may occur in pasted summaries."""
    return {name: value.replace("\x00", "") if isinstance(value, str) else value for name, value in row.items()}
