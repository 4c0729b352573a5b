"""ClickHouse: the one place that asks it anything. It is only read.

A worklog query filters on label and date alone, which a table ordered by them answers from a few granules however
large it grows; issues are joined only after that. Calls block: run them in threads. One object serves all of them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from threading import Lock
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError
from pydantic import ValidationError
from urllib3.exceptions import ReadTimeoutError

from activities.warehouse_tables import (
    APPLICATIONS,
    CONTACTS,
    CUSTOMERS,
    LAYOUT,
    TABLES,
    Columns,
    Table,
    search_count_query,
    search_query,
    worklog_query,
)
from models.facts import (
    Application,
    ApplicationNotFound,
    ApplicationUnreadable,
    Contact,
    Customer,
    CustomerNotFound,
    Worklog,
)

TIMEOUT_EXCEEDED = 159
# Unknown column, table or database: the tables are no longer those whose columns we looked at.
LAYOUT_CHANGED = frozenset({16, 47, 60, 81})
# Keys travel in the request's address, which proxies cap and from 4,096 characters on the driver turns into a form.
# This leaves room for some 200 keys a query.
ADDRESS_CHARACTERS = 3000
CONNECT_SECONDS = 5
# The server stops a query itself; the socket waits this much longer to hear it say so.
GRACE_SECONDS = 2

Row = dict[str, Any]


class WarehouseError(Exception):
    """ClickHouse could not be read. Reading changes nothing, so every one of these may be tried again."""


class WarehouseTimeout(WarehouseError):
    def __init__(self, seconds: int) -> None:
        super().__init__(f"ClickHouse did not answer within {seconds} s")


class WarehouseUnavailable(WarehouseError):
    """It cannot be reached at all."""


class WarehouseRefused(WarehouseError):
    """It answered, but with an error: a missing table, no right to read it, out of memory."""


class ApplicationPage(NamedTuple):
    items: list[Application]
    total: int
    unreadable: list[ApplicationUnreadable]


class Warehouse:
    def __init__(self, connect: Callable[[], Client], timeout_seconds: int = 15) -> None:
        self._connect = connect
        self._timeout = timeout_seconds
        self._lock = Lock()
        self._client: Client | None = None
        self._columns: Columns | None = None

    @classmethod
    def at(cls, dsn: str, timeout_seconds: int = 15) -> Self:
        """Of a server: `http[s]://user:password@host:port/database`. Nothing is opened before the first question."""

        def connect() -> Client:
            return clickhouse_connect.get_client(
                dsn=dsn,
                connect_timeout=CONNECT_SECONDS,
                send_receive_timeout=timeout_seconds + GRACE_SECONDS,
                query_retries=0,
                autogenerate_session_id=False,  # a session would allow one query at a time
            )

        return cls(connect, timeout_seconds)

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._columns = None

    def applications(self, active_only: bool = True) -> list[Application]:
        """Those that can be read; `unreadable_applications` names the others, so that one bad row stops no other."""
        return [each for each in self._contracts(active_only) if isinstance(each, Application)]

    def unreadable_applications(self, active_only: bool = True) -> list[ApplicationUnreadable]:
        return [each for each in self._contracts(active_only) if isinstance(each, ApplicationUnreadable)]

    def applications_of(self, keys: Iterable[str]) -> dict[str, Application]:
        """What is left out, `application` explains."""
        rows = self._by_keys(APPLICATIONS, "application_key", keys)
        read = (_application(row) for row in rows)
        return {each.application_key: each for each in read if isinstance(each, Application)}

    def application(self, key: str) -> Application:
        rows = self._by_keys(APPLICATIONS, "application_key", [key])
        if not rows:
            raise ApplicationNotFound(key)
        read = _application(rows[0])
        if isinstance(read, ApplicationUnreadable):
            raise read
        return read

    def search_applications(self, text: str = "", *, offset: int = 0, limit: int = 20) -> ApplicationPage:
        """Active contracts whose key, name or company contains `text`, ordered by key; `total` counts all of them."""
        layout = self._layout()
        found = self._ask(search_count_query(), {"text": text})
        rows = self._ask(search_query(layout), {"text": text, "limit": limit, "offset": offset})
        read = [_application(row) for row in rows]
        return ApplicationPage(
            [each for each in read if isinstance(each, Application)],
            int(found[0]["total"]),
            [each for each in read if isinstance(each, ApplicationUnreadable)],
        )

    def customer(self, key: str, application_key: str | None = None) -> Customer:
        found = self.customers([key])
        if key not in found:
            raise CustomerNotFound(key, application_key)
        return found[key]

    def customers(self, keys: Iterable[str]) -> dict[str, Customer]:
        rows = self._by_keys(CUSTOMERS, "customer_key", keys)
        return {row["customer_key"]: Customer.model_validate(row) for row in rows}

    def contacts(self, customer_key: str) -> list[Contact]:
        return self.contacts_of([customer_key])[customer_key]

    def contacts_of(self, customer_keys: Iterable[str]) -> dict[str, list[Contact]]:
        wanted = list(customer_keys)
        rows = self._by_keys(CONTACTS, "customer_key", wanted)
        found: dict[str, list[Contact]] = {key: [] for key in wanted}
        for row in rows:
            found[row["customer_key"]].append(Contact.model_validate(row))
        return found

    def worklogs(self, labels: Sequence[str], period_start: date, period_end: date) -> list[Worklog]:
        """Both days included; in order of day, start, issue and id."""
        return self.worklogs_of({"": labels}, period_start, period_end)[""]

    def worklogs_of(
        self, labels: Mapping[str, Sequence[str]], period_start: date, period_end: date
    ) -> dict[str, list[Worklog]]:
        """`worklogs` of many contracts at once, from {application key: its labels}."""
        by_label: dict[str, list[Row]] = defaultdict(list)
        for some in _chunks({label for of_one in labels.values() for label in of_one}):
            query = worklog_query(self._layout())
            for row in self._ask(query, {"labels": some, "start": period_start, "end": period_end}):
                by_label[row["project_label"]].append(row)
        return {
            key: _worklogs([row for label in dict.fromkeys(of_one) for row in by_label[label]])
            for key, of_one in labels.items()
        }

    def _contracts(self, active_only: bool) -> Iterator[Application | ApplicationUnreadable]:
        condition = "lower(t.status) = 'active'" if active_only else "true"
        for row in self._ask(APPLICATIONS.query(self._layout(), condition), {}):
            yield _application(row)

    def _by_keys(self, table: Table, column: str, keys: Iterable[str]) -> list[Row]:
        query = table.query(self._layout(), f"t.{column} IN {{keys:Array(String)}}")
        return [row for some in _chunks(set(keys)) for row in self._ask(query, {"keys": some})]

    def _layout(self) -> Columns:
        """The columns that the tables have. They differ between installations (`warehouse_tables`)."""
        if self._columns is None:
            found: dict[str, set[str]] = defaultdict(set)
            for row in self._ask(LAYOUT, {"tables": list(TABLES)}):
                found[row["table_name"]].add(row["column_name"])
            if missing := [table for table in TABLES if table not in found]:
                raise WarehouseRefused(f"ClickHouse has no table {', '.join(missing)}, or hides it from us")
            self._columns = dict(found)
        return self._columns

    def _ask(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        try:
            client = self._open()
            answer = client.query(query, parameters=parameters, settings=self._limits(client))
        except Error as error:
            if error.code in LAYOUT_CHANGED:
                self._columns = None
            raise self._translated(error) from error
        return [_without_nul(row) for row in answer.named_results()]

    def _open(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _limits(self, client: Client) -> dict[str, int]:
        """A user who may change no settings gets none; the socket's timeout is left."""
        limit = client.server_settings.get("max_execution_time")
        return {} if limit is not None and limit.readonly else {"max_execution_time": self._timeout}

    def _translated(self, error: Error) -> WarehouseError:
        if error.code == TIMEOUT_EXCEEDED or any(isinstance(cause, ReadTimeoutError) for cause in _causes(error)):
            return WarehouseTimeout(self._timeout)
        if error.code is None and isinstance(error, OperationalError):
            return WarehouseUnavailable("ClickHouse cannot be reached")
        return WarehouseRefused(f"ClickHouse answered with an error: {error}")


def _without_nul(row: Row) -> Row:
    """PostgreSQL cannot store the character; a summary that somebody pasted it into must not stop an invoice."""
    return {name: value.replace("\x00", "") if isinstance(value, str) else value for name, value in row.items()}


def _chunks(keys: set[str]) -> Iterator[list[str]]:
    some: list[str] = []
    length = 0
    for key in sorted(keys):
        needed = len(quote(f"'{key}',"))
        if some and length + needed > ADDRESS_CHARACTERS:
            yield some
            some, length = [], 0
        some.append(key)
        length += needed
    if some:
        yield some


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _application(row: Row) -> Application | ApplicationUnreadable:
    try:
        return Application.model_validate(row)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))} is {each['input']!r}" for each in error.errors())
        return ApplicationUnreadable(row["application_key"], wrong)


def _worklogs(rows: list[Row]) -> list[Worklog]:
    """A table without ids gets them from what a row says and how many rows before it say the same of that day."""
    counted: Counter[tuple[str, date, str]] = Counter()
    made = []
    for row in sorted(rows, key=_said):
        group = (row["issue_key"], row["start_date"], row["account_id"])
        counted[group] += 1
        made.append(_worklog(row, row["worklog_id"] or "/".join(map(str, (*group, counted[group])))))
    return sorted(made, key=lambda each: (each.started_on, *_start(each.started_at), each.issue_key, each.worklog_id))


def _said(row: Row) -> tuple[object, ...]:
    columns = ("start_date", "issue_key", "account_id", "duration_seconds", "user_name", "project_label", "worklog_id")
    return (*(row[column] for column in columns), *_start(row["started_at"]))


def _start(started_at: object) -> tuple[bool, object]:
    """Sorts the worklogs that have no time of day behind those that have one."""
    return started_at is None, started_at


def _worklog(row: Row, worklog_id: str) -> Worklog:
    started = row["started_at"]
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
