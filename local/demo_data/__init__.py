"""The demo company in ClickHouse: contracts, clients and half a year of worklogs. `load` fills a server.

python -m local.demo_data --dsn http://default:@127.0.0.1:8123/default --size 20000 --seed 7
"""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import date

from clickhouse_connect.driver.binding import format_query_value
from clickhouse_connect.driver.client import Client

from local.demo_data import schema, worked_example, worklogs
from local.demo_data.contracts import CONTRACTS, application_rows, numbered_contracts
from local.demo_data.customers import CONTACTS, CUSTOMERS, EMPLOYEES, EXCLUSIONS
from local.demo_data.months import Month, months_to

__all__ = ["CONTRACTS", "EMPLOYEES", "EXCLUSIONS", "FEWEST", "DemoSummary", "TablesInUse", "load"]

VERSION = 2
"""Increase it when the generated data change, so that an older load is replaced."""

FEWEST = 100
"""The smallest number of worklogs; the last month of Acme needs 23."""


class TablesInUse(Exception):
    """The server has tables of these names that were not created by the demo and may hold real data."""

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__(f"This ClickHouse already has {', '.join(tables)}; the demo data would replace real data.")
        self.tables = tuple(tables)


@dataclass(frozen=True)
class DemoSummary:
    contracts: int
    worklogs: int
    issues: int
    period_start: date  # the last full month, which is the one to bill
    period_end: date
    loaded: bool  # False: the same data were already loaded


def load(
    client: Client,
    *,
    size: int = 20_000,
    seed: int = 7,
    today: date,
    contracts: int = len(CONTRACTS),
    progress: Callable[[int], object] = lambda _: None,
) -> DemoSummary:
    """Load about `size` worklogs of six full months and the current one; nothing if the same load exists.

    `progress` is called after each step with the number of its worklogs. Raises TablesInUse and ValueError.
    """
    if contracts < len(CONTRACTS) or size < FEWEST or seed < 0:
        raise ValueError(f"The demo needs {len(CONTRACTS)} contracts, {FEWEST} worklogs and a seed of 0 or more.")
    months = months_to(today)
    fingerprint = f"v{VERSION} size={size} seed={seed} contracts={contracts} month={today:%Y-%m}"
    _create_databases(client)
    found = client.query(f"SELECT contracts, worklogs, issues FROM {schema.LOADS} WHERE fingerprint = '{fingerprint}'")
    loaded = not found.result_rows
    if loaded:
        _create_tables(client)
        _fill(client, worklogs.plan(size - len(worked_example.LOGGED), seed, contracts, months), months, progress)
        counts = [_count(client, table) for table in (schema.APPLICATIONS, schema.WORKLOGS, schema.ISSUES)]
        _insert(client, schema.LOADS, [(fingerprint, *counts)])
    else:
        counts = list(found.result_rows[0])
    return DemoSummary(counts[0], counts[1], counts[2], months[-2].first, months[-2].last, loaded)


def _create_databases(client: Client) -> None:
    """Create the databases. Raises TablesInUse if tables exist without the table of loads, which marks demo data."""
    names = format_query_value([*schema.TABLES, schema.LOADS])
    rows = client.query(
        f"SELECT concat(database, '.', name) AS table_name FROM system.tables WHERE table_name IN {names}"
    ).result_rows
    present = {row[0] for row in rows}
    if present and schema.LOADS not in present:
        raise TablesInUse(sorted(present))
    for database in schema.DATABASES:
        client.command(f"CREATE DATABASE IF NOT EXISTS {database}")
    client.command(schema.CREATE_LOADS)


def _create_tables(client: Client) -> None:
    client.command(f"TRUNCATE TABLE {schema.LOADS}")
    for table, columns in schema.TABLES.items():
        client.command(f"DROP TABLE IF EXISTS {table} SYNC")
        client.command(f"CREATE TABLE {table} {columns}")


def _fill(client: Client, plan: worklogs.Plan, months: tuple[Month, ...], progress: Callable[[int], object]) -> None:
    _insert(client, schema.APPLICATIONS, application_rows(months))
    _insert(client, schema.CUSTOMERS, [astuple(each) for each in CUSTOMERS])
    _insert(client, schema.CONTACTS, CONTACTS)
    if plan.contracts > len(CONTRACTS):
        for table, select in numbered_contracts(plan.seed, plan.contracts).items():
            client.command(f"INSERT INTO {table} {select}")
    _insert(client, schema.ISSUES, worked_example.ISSUES)
    for statement in worklogs.issue_inserts(plan):
        client.command(statement)
    _insert(client, schema.WORKLOGS, worked_example.worklog_rows(months[-2]))
    progress(len(worked_example.LOGGED))
    for rows, statement in worklogs.worklog_inserts(plan):
        client.command(statement)
        progress(rows)


def _insert(client: Client, table: str, rows: Sequence[Sequence[object]]) -> None:
    values = ", ".join(f"({', '.join(str(format_query_value(value)) for value in row)})" for row in rows)
    client.command(f"INSERT INTO {table} VALUES {values}")


def _count(client: Client, table: str) -> int:
    return int(client.query(f"SELECT count() FROM {table}").result_rows[0][0])
