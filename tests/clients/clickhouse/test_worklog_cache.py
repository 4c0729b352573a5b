"""Worklogs that reports read are kept while no row of them has changed."""

from datetime import date

import pytest
from clickhouse_connect.driver.client import Client

from activities.clients.clickhouse.rows import WorklogsOfContracts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.worklog_cache import WorklogCache

FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
WORKED = ["60", "'a'", "'Anna'", "'2026-02-10'", "'P'", "'P-1'", "'W-1'", "'2026-02-10 09:00:00'"]
ISSUE = ["'P-1'", "'Bug'", "'P3'", "'P'", "'Text'", "'P-9'"]
# Another value for each column that a worklog is read from. Another label is no worklog of the contract any more.
OTHER_WORKED = {
    0: "61",
    1: "'b'",
    2: "'Boris'",
    3: "'2026-02-11'",
    4: "'Q'",
    5: "'P-2'",
    6: "'W-2'",
    7: "'2026-02-10 09:00:01'",
}
OTHER_ISSUE = {0: "'P-2'", 1: "'Task'", 2: "'P1'", 4: "'Other text'", 5: "NULL"}


@pytest.fixture
def stored(tables: Client) -> Client:
    """Return a client of tables that have all optional columns and one worklog with its issue."""
    tables.command("ALTER TABLE tempo.worklogs_flat ADD COLUMN worklog_id String")
    tables.command("ALTER TABLE tempo.worklogs_flat ADD COLUMN started_at Nullable(DateTime('UTC'))")
    tables.command("ALTER TABLE jira.jira_issues ADD COLUMN linked_issue_key Nullable(String)")
    insert(tables, "tempo.worklogs_flat", WORKED)
    insert(tables, "jira.jira_issues", ISSUE)
    return tables


def insert(client: Client, table: str, *rows: list[str]) -> None:
    values = ", ".join("(" + ", ".join(row) + ")" for row in rows)
    client.command(f"INSERT INTO {table} VALUES {values}")


def replace(client: Client, table: str, row: list[str], place: int, value: str) -> None:
    client.command(f"TRUNCATE TABLE {table}")
    insert(client, table, [*row[:place], value, *row[place + 1 :]])


async def read(cache: WorklogCache, at_most: int = 10) -> WorklogsOfContracts:
    return (await cache.worklogs_of({"A": ["P"]}, *FEBRUARY, at_most)).worklogs


async def test_worklogs_are_the_same_objects_while_nothing_changes(stored: Client, warehouse: Warehouse) -> None:
    cache = WorklogCache(warehouse)
    first = await read(cache)
    assert [each.worklog_id for each in first.read["A"]] == ["W-1"]
    assert await read(cache) is first
    insert(stored, "tempo.worklogs_flat", ["60", "'a'", "''", "'2026-03-01'", "'P'", "'P-1'", "'W-3'", "NULL"])
    assert await read(cache) is first  # work of another month


@pytest.mark.parametrize(
    ("table", "row", "place", "value"),
    [
        *(("tempo.worklogs_flat", WORKED, *each) for each in OTHER_WORKED.items()),
        *(("jira.jira_issues", ISSUE, *each) for each in OTHER_ISSUE.items()),
    ],
)
async def test_another_value_in_any_column_is_read(
    stored: Client, warehouse: Warehouse, table: str, row: list[str], place: int, value: str
) -> None:
    cache = WorklogCache(warehouse)
    before = await read(cache)
    replace(stored, table, row, place, value)
    changed = await read(cache)
    assert changed == warehouse.worklogs_of({"A": ["P"]}, *FEBRUARY)
    assert changed != before
    replace(stored, table, row, place, row[place])
    assert await read(cache) == before


async def test_a_row_that_is_added_twice_is_another_digest(stored: Client, warehouse: Warehouse) -> None:
    """Two equal rows of one worklog are read as one, but a hash of both must not be that of none."""
    found = [warehouse.worklog_digest(["P"], *FEBRUARY, 10)]
    for _ in range(2):
        insert(stored, "tempo.worklogs_flat", WORKED)
        found.append(warehouse.worklog_digest(["P"], *FEBRUARY, 10))
    assert [each.rows for each in found] == [1, 2, 3]
    assert len({each.content for each in found}) == 3
    assert warehouse.worklog_digest(["Q"], *FEBRUARY, 10) == (0, 0)


async def test_what_changes_while_it_is_read_is_not_kept(
    stored: Client, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is that of one minute, the rows are read while it is two: nothing says that they belong together."""
    read_rows = warehouse.worklogs_of
    cache = WorklogCache(warehouse)

    def changed_before(*asked: object) -> WorklogsOfContracts:
        replace(stored, "tempo.worklogs_flat", WORKED, 0, "120")
        return read_rows(*asked)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(warehouse, "worklogs_of", changed_before)
        assert [each.seconds for each in (await read(cache)).read["A"]] == [120]
    replace(stored, "tempo.worklogs_flat", WORKED, 0, "60")
    assert [each.seconds for each in (await read(cache)).read["A"]] == [60]


async def test_more_worklogs_than_are_wanted_are_only_counted(stored: Client, warehouse: Warehouse) -> None:
    """Five rows have the label: five may be read, and of at most two the number is told."""
    insert(stored, "tempo.worklogs_flat", *([*WORKED[:6], f"'W-{number}'", "NULL"] for number in range(2, 6)))
    cache = WorklogCache(warehouse)
    found = await cache.worklogs_of({"A": ["P"], "B": ["P"]}, *FEBRUARY, 5)
    assert ({key: len(each) for key, each in found.worklogs.read.items()}, found.digest.rows) == ({"A": 5, "B": 5}, 5)
    counted = await cache.worklogs_of({"A": ["P"]}, *FEBRUARY, 2)
    assert (counted.worklogs.read, counted.digest.rows) == ({}, 5)
