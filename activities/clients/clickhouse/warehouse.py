"""The client of ClickHouse. It is the only module that queries ClickHouse, and it never writes.

A worklog query filters by label and date only. A table that is ordered by these columns answers it from a few granules,
independent of its size; issues are joined afterwards. Calls block, so they run in a thread by `in_thread`; one object
serves all threads.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import Any, Self, TypeVar

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error, OperationalError
from urllib3.exceptions import ReadTimeoutError

from activities.clients.clickhouse.errors import (
    WarehouseError,
    WarehouseRefused,
    WarehouseTimeout,
    WarehouseUnavailable,
    causes,
)
from activities.clients.clickhouse.queries import (
    APPLICATIONS,
    CONTACTS,
    CUSTOMERS,
    LAYOUT,
    TABLES,
    Columns,
    Table,
    chunks,
    search_count_query,
    search_keys_query,
    search_query,
    worklog_count_query,
    worklog_digest_query,
    worklog_query,
)
from activities.clients.clickhouse.rows import (
    ContractRows,
    FoundContracts,
    Row,
    WorklogDigest,
    WorklogsOfContracts,
    contract_of_row,
    contract_rows,
    contracts_by_key,
    without_nul,
    worklogs_of_rows,
)
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
# Unknown column, table or database: the columns have changed since they were read.
LAYOUT_CHANGED = frozenset({16, 47, 60, 81})
CONNECT_SECONDS = 5
# The server ends a query at the time limit; the socket waits this much longer for the server's error.
GRACE_SECONDS = 2
THREADS = 16
URL_UNREADABLE = (
    "The URL of ClickHouse (AKTUM_CLICKHOUSE__URL) cannot be read. In its password, write / as %2F, @ as %40 and "
    "# as %23"
)

Result = TypeVar("Result")


class Warehouse:
    """Reads contracts, customers, contacts and worklogs. Every read raises WarehouseError."""

    def __init__(self, connect: Callable[[], Client], timeout_seconds: int = 15) -> None:
        self._connect = connect
        self._timeout = timeout_seconds
        self._threads = BoundedThreadPool("clickhouse", THREADS)
        self._lock = Lock()
        self._client: Client | None = None
        self._columns: Columns | None = None

    @classmethod
    def at(cls, dsn: str, timeout_seconds: int = 15) -> Self:
        """Return the client of a server: `http[s]://user:password@host:port/database`. The first read connects."""

        def connect() -> Client:
            try:
                return clickhouse_connect.get_client(
                    dsn=dsn,
                    connect_timeout=CONNECT_SECONDS,
                    send_receive_timeout=timeout_seconds + GRACE_SECONDS,
                    query_retries=0,
                    autogenerate_session_id=False,  # a session would allow one query at a time
                )
            except ValueError:  # the cause is dropped, because its text may quote a part of the password
                raise WarehouseRefused(URL_UNREADABLE) from None

        return cls(connect, timeout_seconds)

    async def in_thread(self, call: Callable[[], Result]) -> Result:
        """Run the call in a thread of this client, so that a server that hangs delays no other work."""
        try:
            return await self._threads.run(call)
        except Busy as busy:
            raise WarehouseUnavailable(f"ClickHouse is still processing {busy}") from None

    def close(self) -> None:
        """Close the connection. A later read opens a new one."""
        self._threads.close()
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = self._columns = None

    def contracts(self, active_only: bool = True) -> ContractRows:
        """Return all contracts; a row that cannot be read does not affect the others."""
        condition = "lower(t.status) = 'active'" if active_only else "true"
        return contract_rows(self._query(APPLICATIONS.query(self._layout(), condition), {}))

    def contracts_of(self, keys: Iterable[str]) -> dict[str, Contract]:
        """Return the contracts that can be billed, by key. For a missing key, `billable_contract` raises the reason."""
        wanted = set(keys)
        rows = self._in_any_case(wanted)
        return {key: each for key, each in contracts_by_key(rows, wanted).items() if isinstance(each, Contract)}

    def billable_contract(self, key: str) -> Contract:
        """Return one contract. Raises ContractNotFound, ContractUnreadable or ContractKeyAmbiguous."""
        found = contracts_by_key(self._in_any_case({key}), {key})[key]
        if isinstance(found, Contract):
            return found
        raise found

    def contract(self, key: str) -> Contract:
        """Return one contract to look at. Raises ContractNotFound or ContractUnreadable."""
        rows = self._by_keys(APPLICATIONS, "t.application_key", [key])
        if not rows:
            raise ContractNotFound(key)
        read = contract_of_row(rows[0])
        if isinstance(read, ContractUnreadable):
            raise read
        return read

    def search_contracts(
        self, text: str = "", *, deal_type: str = "", currency: str = "", offset: int = 0, limit: int = 20
    ) -> FoundContracts:
        """Return active contracts whose key, name or company contains `text`, ordered by key; empty texts mean all."""
        wanted = {"text": text, "deal_type": deal_type, "currency": currency}
        found = self._query(search_count_query(), wanted)
        page = contract_rows(self._query(search_query(self._layout()), {**wanted, "limit": limit, "offset": offset}))
        return FoundContracts(page.read, int(found[0]["total"]), page.unreadable)

    def search_keys(self, text: str = "", *, deal_type: str = "", currency: str = "") -> list[str]:
        """Return the keys of all contracts that `search_contracts` finds, in its order."""
        rows = self._query(search_keys_query(), {"text": text, "deal_type": deal_type, "currency": currency})
        return [row["application_key"] for row in rows]

    def contracts_with(self, keys: Iterable[str]) -> ContractRows:
        """Return the contracts with these keys, ordered by key, active or not."""
        return contract_rows(self._by_keys(APPLICATIONS, "t.application_key", keys))

    def customer(self, key: str, application_key: str | None = None) -> Customer:
        """Return one customer. Raises CustomerNotFound, which names the contract if its key is given."""
        found = self.customers([key])
        if key not in found:
            raise CustomerNotFound(key, application_key)
        return found[key]

    def customers(self, keys: Iterable[str]) -> dict[str, Customer]:
        """Return the customers that exist, by key."""
        rows = self._by_keys(CUSTOMERS, "t.customer_key", keys)
        return {row["customer_key"]: Customer.model_validate(row) for row in rows}

    def contacts(self, customer_key: str) -> list[Contact]:
        """Return the contacts of one customer."""
        return self.contacts_of([customer_key])[customer_key]

    def contacts_of(self, customer_keys: Iterable[str]) -> dict[str, list[Contact]]:
        """Return the contacts by customer key; a customer without contacts has an empty list."""
        keys = list(customer_keys)
        rows = self._by_keys(CONTACTS, "t.customer_key", keys)
        found: dict[str, list[Contact]] = {key: [] for key in keys}
        for row in rows:
            found[row["customer_key"]].append(Contact.model_validate(row))
        return found

    def worklogs(self, labels: Sequence[str], period_start: date, period_end: date) -> list[Worklog]:
        """Return the worklogs of one contract, both days included, ordered by day, start, issue and id.

        Raises WorklogUnreadable.
        """
        found = self.worklogs_of({"": labels}, period_start, period_end)
        for error in found.unreadable.values():
            raise error
        return found.read[""]

    def worklogs_of(
        self, labels: Mapping[str, Sequence[str]], period_start: date, period_end: date
    ) -> WorklogsOfContracts:
        """Return the worklogs of several contracts; `labels` maps the key of each contract to its labels.

        A row that cannot be read affects only its own contract.
        """
        days = {"start": period_start, "end": period_end}
        wanted = {label for of_contract in labels.values() for label in of_contract}
        by_label: dict[str, list[Row]] = defaultdict(list)
        for chunk in chunks(wanted):
            for row in self._query(worklog_query(self._layout()), {"labels": chunk, **days}):
                by_label[row["project_label"]].append(row)
        found = WorklogsOfContracts({}, {})
        for key, of_contract in labels.items():
            rows = [row for label in dict.fromkeys(of_contract) for row in by_label[label]]
            try:
                found.read[key] = worklogs_of_rows(rows)
            except WorklogUnreadable as error:
                found.unreadable[key] = error
        return found

    def worklog_digest(
        self, labels: Iterable[str], period_start: date, period_end: date, at_most: int
    ) -> WorklogDigest:
        """Return the number and the hash of the worklogs of these labels, both days included, as `worklogs_of` has it.

        It is the same as long as no row has changed. If there are more than `at_most`, they are only counted.
        """
        days = {"start": period_start, "end": period_end}
        wanted = set(labels)
        query = worklog_digest_query(self._layout(), at_most)
        found = [self._query(query, {"labels": chunk, **days})[0] for chunk in chunks(wanted)]
        rows = sum(int(each["total"]) for each in found)
        if rows > at_most:
            counted = (self._query(worklog_count_query(), {"labels": chunk, **days}) for chunk in chunks(wanted))
            return WorklogDigest(sum(int(each[0]["total"]) for each in counted), 0)
        return WorklogDigest(rows, sum(int(each["digest"]) for each in found))

    def _in_any_case(self, keys: set[str]) -> list[Row]:
        """Return the rows of the contracts with these keys in any case."""
        return self._by_keys(APPLICATIONS, "lowerUTF8(t.application_key)", {key.lower() for key in keys})

    def _by_keys(self, table: Table, expression: str, keys: Iterable[str]) -> list[Row]:
        query = table.query(self._layout(), f"{expression} IN {{keys:Array(String)}}")
        return [row for chunk in chunks(set(keys)) for row in self._query(query, {"keys": chunk})]

    def _layout(self) -> Columns:
        """Return the columns that the tables of this installation have (queries.py lists the optional ones)."""
        if self._columns is None:
            found: dict[str, set[str]] = defaultdict(set)
            for row in self._query(LAYOUT, {"tables": list(TABLES)}):
                found[row["table_name"]].add(row["column_name"])
            if missing := [table for table in TABLES if table not in found]:
                raise WarehouseRefused(f"ClickHouse has no table {', '.join(missing)}, or its user may not read it")
            self._columns = dict(found)
        return self._columns

    def _query(self, query: str, parameters: dict[str, Any]) -> list[Row]:
        try:
            client = self._open()
            answer = client.query(query, parameters=parameters, settings=self._limits(client))
        except Error as error:
            if error.code in LAYOUT_CHANGED:
                self._columns = None
            raise self._translated(error) from error
        return [without_nul(row) for row in answer.named_results()]

    def _open(self) -> Client:
        """Return the connection, opened at the first use.

        It is opened outside the lock: otherwise callers would wait one after the other for a server that hangs.
        """
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
        """Return the time limit as a setting; a user who may not change settings has the socket's timeout only."""
        limit = client.server_settings.get("max_execution_time")
        return {} if limit is not None and limit.readonly else {"max_execution_time": self._timeout}

    def _translated(self, error: Error) -> WarehouseError:
        if error.code == TIMEOUT_EXCEEDED or any(isinstance(cause, ReadTimeoutError) for cause in causes(error)):
            return WarehouseTimeout(self._timeout)
        if error.code is None and isinstance(error, OperationalError):
            return WarehouseUnavailable("ClickHouse cannot be reached")
        return WarehouseRefused(f"ClickHouse answered with an error: {error}")
