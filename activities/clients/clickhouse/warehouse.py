"""ClickHouse: the one place that asks it anything. It is only read.

A worklog query filters on label and date alone, which a table ordered by them answers from a few granules however
large it grows; issues are joined only after that. Calls block: run them by `in_thread`. One object serves all threads.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import Any, NamedTuple, Self, TypeVar
from urllib.parse import quote

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError
from urllib3.exceptions import ReadTimeoutError

from activities.clients.clickhouse.queries import (
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
from activities.clients.clickhouse.rows import Row, application_of, worklogs_of_rows
from activities.runtime.threads import BoundedThreadPool, Busy
from models.contracts.contract import (
    Contact,
    Contract,
    ContractNotFound,
    ContractUnreadable,
    Customer,
    CustomerNotFound,
)
from models.contracts.worklog import Worklog, WorklogUnreadable

TIMEOUT_EXCEEDED = 159
# Unknown column, table or database: the tables are no longer those whose columns we looked at.
LAYOUT_CHANGED = frozenset({16, 47, 60, 81})
# Keys travel in the request's address, which proxies cap and from 4,096 characters on the driver turns into a form.
# This leaves room for some 200 keys a query.
ADDRESS_CHARACTERS = 3000
CONNECT_SECONDS = 5
# The server stops a query itself; the socket waits this much longer to hear it say so.
GRACE_SECONDS = 2
AT_ONCE = 16
ADDRESS_UNREADABLE = (
    "The address of ClickHouse (AKTUM_CLICKHOUSE__URL) cannot be read. In its password, write / as %2F, @ as %40 and "
    "# as %23"
)

Result = TypeVar("Result")


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
    items: list[Contract]
    total: int
    unreadable: list[ContractUnreadable]


class Contracts(NamedTuple):
    read: list[Contract]
    unreadable: list[ContractUnreadable]


class WorklogsOfContracts(NamedTuple):
    """By contract key."""

    read: dict[str, list[Worklog]]
    unreadable: dict[str, WorklogUnreadable]


class Warehouse:
    def __init__(self, connect: Callable[[], Client], timeout_seconds: int = 15) -> None:
        self._connect = connect
        self._timeout = timeout_seconds
        self._threads = BoundedThreadPool("clickhouse", AT_ONCE)
        self._lock = Lock()
        self._client: Client | None = None
        self._columns: Columns | None = None

    @classmethod
    def at(cls, dsn: str, timeout_seconds: int = 15) -> Self:
        """Of a server: `http[s]://user:password@host:port/database`. Nothing is opened before the first question."""

        def connect() -> Client:
            try:
                return clickhouse_connect.get_client(
                    dsn=dsn,
                    connect_timeout=CONNECT_SECONDS,
                    send_receive_timeout=timeout_seconds + GRACE_SECONDS,
                    query_retries=0,
                    autogenerate_session_id=False,  # a session would allow one query at a time
                )
            except ValueError:  # without the cause: its text may quote a part of the password
                raise WarehouseRefused(ADDRESS_UNREADABLE) from None

        return cls(connect, timeout_seconds)

    async def in_thread(self, call: Callable[[], Result]) -> Result:
        """In one of our own threads, so that a server that hangs holds up nobody else."""
        try:
            return await self._threads.run(call)
        except Busy as busy:
            raise WarehouseUnavailable(f"ClickHouse still works on {busy}") from None

    def close(self) -> None:
        self._threads.close()
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._columns = None

    def applications(self, active_only: bool = True) -> list[Contract]:
        """Those that can be read; `contracts` names the others too."""
        return self.contracts(active_only).read

    def contracts(self, active_only: bool = True) -> Contracts:
        """One bad row stops no other."""
        condition = "lower(t.status) = 'active'" if active_only else "true"
        rows = self._ask(APPLICATIONS.query(self._layout(), condition), {})
        return Contracts(*_sorted_out(rows))

    def applications_of(self, keys: Iterable[str]) -> dict[str, Contract]:
        """What is left out, `application` explains."""
        rows = self._by_keys(APPLICATIONS, "application_key", keys)
        return {each.application_key: each for each in _sorted_out(rows)[0]}

    def application(self, key: str) -> Contract:
        rows = self._by_keys(APPLICATIONS, "application_key", [key])
        if not rows:
            raise ContractNotFound(key)
        read = application_of(rows[0])
        if isinstance(read, ContractUnreadable):
            raise read
        return read

    def search_applications(self, text: str = "", *, offset: int = 0, limit: int = 20) -> ApplicationPage:
        """Active contracts whose key, name or company contains `text`, ordered by key; `total` counts all of them."""
        layout = self._layout()
        found = self._ask(search_count_query(), {"text": text})
        rows = self._ask(search_query(layout), {"text": text, "limit": limit, "offset": offset})
        read, unreadable = _sorted_out(rows)
        return ApplicationPage(read, int(found[0]["total"]), unreadable)

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
        found = self.worklogs_of({"": labels}, period_start, period_end)
        for error in found.unreadable.values():
            raise error
        return found.read[""]

    def worklogs_of(
        self, labels: Mapping[str, Sequence[str]], period_start: date, period_end: date
    ) -> WorklogsOfContracts:
        """`worklogs` of many contracts at once, from {contract key: its labels}; a bad row stops its contract alone."""
        by_label: dict[str, list[Row]] = defaultdict(list)
        for some in _chunks({label for of_one in labels.values() for label in of_one}):
            query = worklog_query(self._layout())
            for row in self._ask(query, {"labels": some, "start": period_start, "end": period_end}):
                by_label[row["project_label"]].append(row)
        found = WorklogsOfContracts({}, {})
        for key, of_one in labels.items():
            try:
                found.read[key] = worklogs_of_rows([row for label in dict.fromkeys(of_one) for row in by_label[label]])
            except WorklogUnreadable as error:
                found.unreadable[key] = error
        return found

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
        """Connects outside the lock: a server that hangs would make the callers wait one after the other."""
        if (client := self._client) is not None:
            return client
        opened = self._connect()
        with self._lock:
            if self._client is None:
                self._client = opened
            else:
                opened.close()
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


def _sorted_out(rows: list[Row]) -> tuple[list[Contract], list[ContractUnreadable]]:
    read = [application_of(row) for row in rows]
    return (
        [each for each in read if isinstance(each, Contract)],
        [each for each in read if isinstance(each, ContractUnreadable)],
    )
