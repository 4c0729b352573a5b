"""The ClickHouse tables that are read, their columns, and the queries.

An installation may lack some columns; the table says what is read in their place. Only names from this module become
part of a query; values are always bound parameters. A NULL text is read as an empty text in all tables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

# Keys are part of the request's URL. Proxies limit its length, and from 4,096 characters on the driver sends a form
# instead. This limit allows some 200 keys per query.
URL_CHARACTERS = 3000

Columns = Mapping[str, set[str]]
"""Table name -> the columns it has."""


class Column(NamedTuple):
    name: str
    expression: str
    otherwise: str | None = None  # the expression for a table that lacks the column; None: every installation has it


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]

    def query(self, layout: Columns, condition: str) -> str:
        """Return the query for the rows that meet the condition, ordered by all columns, of which the key is first."""
        return f"SELECT {self.selection(layout)} FROM {self.name} AS t WHERE {condition} ORDER BY ALL"  # noqa: S608

    def selection(self, layout: Columns) -> str:
        """Return the columns for the SELECT clause; the table has the alias `t`."""
        present = layout[self.name]
        return ", ".join(
            f"{column.expression if column.otherwise is None or column.name in present else column.otherwise} "
            f"AS {column.name}"
            for column in self.columns
        )


def _plain(name: str) -> Column:
    return Column(name, f"t.{name}")


def _never_null(column: str) -> str:
    return f"ifNull(toString({column}), '')"


def _text(name: str) -> Column:
    return Column(name, _never_null(f"t.{name}"))


def _optional(name: str) -> Column:
    return Column(name, _text(name).expression, otherwise="''")


APPLICATIONS = Table(
    "cdm.jira_applications",
    (
        *map(
            _text,
            (
                "application_key",
                "customer_key",
                "status",
                "application_name",
                "description",
                "deal_type",
                "currency",
                "labels",
            ),
        ),
        *map(_plain, ("start_date", "finish_date", "agreement_date")),
        _text("agreement_number"),
        *map(_plain, ("deal_amount", "hourly_rate", "invoice_amount")),
        Column("monthly_limit", "toDecimal64(ifNull(t.monthly_limit, 0), 2)"),
    ),
)
CUSTOMERS = Table(
    "cdm.jira_customers",
    (
        *map(
            _text,
            ("customer_key", "company_name", "company_type", "address", "tin", "ccea", "swift_bic", "account_number"),
        ),
        *map(_optional, ("mfo", "bank_name", "signer_full_name", "country")),
    ),
)
CONTACTS = Table("cdm.jira_contacts", tuple(map(_text, ("customer_key", "name", "email", "phone"))))
WORKLOGS = Table(
    "tempo.worklogs_flat",
    (
        *map(_text, ("project_label", "issue_key", "account_id", "user_name")),
        *map(_plain, ("start_date", "duration_seconds")),
        _optional("worklog_id"),
        # Read as a number, so that the time zone of the column cannot shift the time.
        Column("started_at", "toUnixTimestamp(t.started_at)", otherwise="NULL"),
    ),
)
ISSUES = Table(
    "jira.jira_issues",
    (*map(_text, ("issue_key", "summary", "issue_type", "priority")), _optional("linked_issue_key")),
)
TABLES = tuple(table.name for table in (APPLICATIONS, CUSTOMERS, CONTACTS, WORKLOGS, ISSUES))

LAYOUT = """
SELECT concat(database, '.', table) AS table_name, name AS column_name
FROM system.columns WHERE table_name IN {tables:Array(String)}
"""

_IN_PERIOD = "t.project_label IN {labels:Array(String)} AND t.start_date BETWEEN {start:Date} AND {end:Date}"
# NULLs are replaced, because one NULL would make the result of `concat` NULL and drop the contract from the list.
_SEARCHED_TEXT = ", '\n', ".join(map(_never_null, ("t.application_key", "t.application_name", "c.company_name")))
_SEARCHED = (
    f"FROM {APPLICATIONS.name} AS t LEFT ANY JOIN {CUSTOMERS.name} AS c ON c.customer_key = t.customer_key "
    "WHERE lower(t.status) = 'active' AND positionCaseInsensitiveUTF8("
    f"concat({_SEARCHED_TEXT}), {{text:String}}) > 0 "
    "AND ({deal_type:String} = '' OR t.deal_type = {deal_type:String}) "
    "AND ({currency:String} = '' OR t.currency = {currency:String})"
)


def search_count_query() -> str:
    """Return the query for the number of active contracts whose key, name or company contains `text`.

    They have the deal type and the currency; an empty text stands for all of them.
    """
    return f"SELECT count() AS total {_SEARCHED}"


def search_keys_query() -> str:
    """Return the query for the keys of the contracts that `search_count_query` counts, in their order."""
    return f"SELECT {_never_null('t.application_key')} AS application_key {_SEARCHED} ORDER BY t.application_key"


def search_query(layout: Columns) -> str:
    """Return the query for one page of the contracts that `search_count_query` counts, ordered by key."""
    page = "ORDER BY t.application_key LIMIT {limit:UInt32} OFFSET {offset:UInt32}"
    return f"SELECT {APPLICATIONS.selection(layout)} {_SEARCHED} {page}"


def worklog_query(layout: Columns, at_most: int | None = None) -> str:
    """Return the query for the worklogs of `labels` from `start` to `end` with the columns of their issues.

    With `at_most` it returns one row more when there are more. Only one row of an issue is joined, because two rows
    that a synchronisation left would bill a worklog twice.
    """
    worked = f"FROM {WORKLOGS.name} AS t WHERE {_IN_PERIOD}"
    limit = "" if at_most is None else f" LIMIT {at_most + 1}"
    issues = (
        f"SELECT {ISSUES.selection(layout)} FROM {ISSUES.name} AS t "  # noqa: S608
        f"WHERE t.issue_key IN (SELECT t.issue_key {worked}) ORDER BY ALL LIMIT 1 BY issue_key"
    )
    # A server with the setting join_use_nulls returns NULL for an issue that does not exist.
    return (
        "SELECT w.*, ifNull(i.summary, '') AS issue_summary, ifNull(i.issue_type, '') AS issue_type, "  # noqa: S608
        "ifNull(i.priority, '') AS priority, ifNull(i.linked_issue_key, '') AS linked_issue_key "
        f"FROM (SELECT {WORKLOGS.selection(layout)} {worked}{limit}) AS w "
        f"LEFT ANY JOIN ({issues}) AS i ON i.issue_key = w.issue_key"
    )


def worklog_count_query() -> str:
    """Return the query for the number of worklogs of `labels` from `start` to `end`."""
    return f"SELECT count() AS total FROM {WORKLOGS.name} AS t WHERE {_IN_PERIOD}"  # noqa: S608


def worklog_digest_query(layout: Columns, at_most: int) -> str:
    """Return the query for the number of rows of `worklog_query`, and the sum of their hashes."""
    digest = "sum(cityHash64(toString(tuple(*))))"
    return f"SELECT count() AS total, {digest} AS digest FROM ({worklog_query(layout, at_most)})"  # noqa: S608


def chunks(keys: set[str]) -> Iterator[list[str]]:
    """Yield the sorted keys in lists that fit into the URL of one request."""
    chunk: list[str] = []
    length = 0
    for key in sorted(keys):
        needed = len(quote(f"'{key}',"))
        if chunk and length + needed > URL_CHARACTERS:
            yield chunk
            chunk, length = [], 0
        chunk.append(key)
        length += needed
    if chunk:
        yield chunk
