"""The prefill of docs/specification/pricing.md 6.6 from the real ClickHouse engine, compared field by field.

The other tests read the worklogs of a line, also after they have changed.
"""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client as ClickHouse
from temporalio.client import Client

from local.demo_data import schema
from tests.fixtures.clickhouse import served
from tests.http.callers import Caller, data_of, error_of
from tests.http.whole_api import seeded, user, whole_api

REQUEST = {"application_key": "APP-001", "period_start": "2026-02-01", "period_end": "2026-02-28"}
DOCUMENTED = json.loads("""
{
  "data": {
    "application_key": "APP-001",
    "customer_key": "CUST-001",
    "period_start": "2026-02-01",
    "period_end": "2026-02-28",
    "deal_type": "SUP",
    "currency": "UZS",
    "base_amount": "15000000.00",
    "overtime_hours": "5.50",
    "overtime_amount": "825000.00",
    "total_amount": "15825000.00",
    "total_hours": "45.50",
    "is_overtime": true,
    "line_items": [
      {
        "line_type": "support",
        "description": "Monthly support — February 2026",
        "time_seconds": 0,
        "billable_seconds": 0,
        "unit_price": "15000000.00",
        "quantity": "1",
        "line_total": "15000000.00",
        "rate_tier": "standard",
        "rate_multiplier": "1.0",
        "source": "auto"
      },
      {
        "line_type": "task",
        "description": "PROJ-456: Implement user dashboard",
        "jira_key": "PROJ-456",
        "time_seconds": 7200,
        "billable_seconds": 7200,
        "unit_price": "150000.00",
        "quantity": "2.00",
        "line_total": "300000.00",
        "rate_tier": "standard",
        "rate_multiplier": "1.0",
        "source": "auto"
      }
    ],
    "customer": {
      "company_name": "Acme Corp",
      "tin": "123456789"
    },
    "application": {
      "application_name": "Acme Support",
      "deal_type": "SUP",
      "monthly_limit": 40
    }
  }
}
""")["data"]

APPLICATION = """('APP-001', 'CUST-001', 'Active', 'Acme Support', '', '2025-01-01', NULL, 15000000, 'SUP', 40, 150000,
    'UZS', 0, NULL, NULL, 'PROJ')"""
CUSTOMER = (
    """('CUST-001', 'Acme Corp', 'LLC', 'Tashkent', '123456789', '', '', '20208000100123456001', '', '', '', 'UZ')"""
)
ISSUES = [
    "('PROJ-456', 'Story', 'P4', 'PROJ', 'Implement user dashboard', '')",
    "('PROJ-457', 'Task', 'P4', 'PROJ', 'Move the nightly report', '')",
    "('SUP-9', 'Task', 'P3', 'PROJ', 'The report is late', 'PROJ-457')",
]
# 2 h on PROJ-456, and 43.50 h on the others: 2 + 5 x 8 + 3 + 0.50 (20 minutes count as 30) = 45.50 h, 5.50 above 40 h.
# Worklog w-8 began at 09:00 and w-9 at 18:00 to the second: both are business hours.
WORKLOGS = [
    ("w-1", "PROJ-456", "acc-01", "2026-02-02", "10:00:00", 7200),
    *((f"w-{n}", "PROJ-457", "acc-02", f"2026-02-{n + 1:02}", "09:30:00", 8 * 3600) for n in (2, 3, 4, 5)),
    ("w-6", "PROJ-457", "acc-02", "2026-02-09", "09:30:00", 8 * 3600),
    ("w-8", "SUP-9", "acc-01", "2026-02-10", "09:00:00", 3 * 3600),
    ("w-9", "PROJ-457", "acc-01", "2026-02-27", "18:00:00", 1200),
    # Not billed: an excluded employee, and the days before and after the period.
    ("w-10", "PROJ-457", "acc-10", "2026-02-11", "10:00:00", 3600),
    ("w-11", "PROJ-457", "acc-01", "2026-01-31", "10:00:00", 3600),
    ("w-12", "PROJ-457", "acc-01", "2026-03-01", "10:00:00", 3600),
]


def worklog(worklog_id: str, issue: str, account: str, day: str, clock: str, seconds: int, label: str = "PROJ") -> str:
    started = f"toDateTime('{day} {clock}', 'Asia/Tashkent')"
    return f"('{worklog_id}', '{issue}', '{account}', '{account}', '{day}', {started}, {seconds}, '{label}')"


@pytest.fixture(scope="module")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("seed") / "clickhouse") as dsn:
        yield dsn


@pytest.fixture
def tables(clickhouse_url: str) -> Iterator[ClickHouse]:
    client = clickhouse_connect.get_client(dsn=clickhouse_url)
    rows = {
        schema.APPLICATIONS: [APPLICATION],
        schema.CUSTOMERS: [CUSTOMER],
        schema.CONTACTS: ["('CUST-001', 'Madina', 'accounts@acme.example.com', '')"],
        schema.ISSUES: ISSUES,
        schema.WORKLOGS: [
            *(worklog(*each) for each in WORKLOGS),
            worklog("w-13", "OTHER-1", "acc-01", "2026-02-12", "10:00:00", 3600, "OTHER"),
        ],
    }
    for database in schema.DATABASES:
        client.command(f"DROP DATABASE IF EXISTS {database} SYNC")
        client.command(f"CREATE DATABASE {database}")
    for table, columns in schema.TABLES.items():
        client.command(f"CREATE TABLE {table} {columns}")
        client.command(f"INSERT INTO {table} VALUES {', '.join(rows[table])}")
    yield client
    client.close()


@pytest.fixture
async def http(
    own_temporal: Client, empty_database_url: str, clickhouse_url: str, tables: ClickHouse
) -> AsyncIterator[httpx.AsyncClient]:
    async with whole_api(await seeded(own_temporal, empty_database_url, clickhouse_url)) as client:
        yield client


@pytest.fixture
async def editor(http: httpx.AsyncClient) -> Caller:
    return await user(http, "editor")


def differences(found: Any, documented: Any, path: str = "data") -> list[str]:
    """Return the differences in the documented fields. Each documented line must have one line with equal fields."""
    if isinstance(documented, dict):
        return [
            difference
            for name, value in documented.items()
            for difference in differences(found.get(name, "(missing)"), value, f"{path}.{name}")
        ]
    if isinstance(documented, list):
        return [f"{path} has no {row}" for row in documented if not any(not differences(each, row) for each in found)]
    same = type(found) is type(documented) and found == documented
    return [] if same else [f"{path} is {found!r}, documented is {documented!r}"]


async def test_the_documented_example_field_by_field(editor: Caller) -> None:
    data = data_of(await editor.post("/invoices/prefill", REQUEST))
    assert differences(data, DOCUMENTED) == []
    # The documentation leaves out the overtime, and the issue with the other 43.50 hours.
    lines = {(line["line_type"], line.get("jira_key")): line for line in data["line_items"]}
    assert lines.keys() == {("support", None), ("overtime", None), ("task", "PROJ-456"), ("task", "PROJ-457")}
    other = lines["task", "PROJ-457"]  # SUP-9 duplicates it
    assert [other["quantity"], other["rate_tier"], other["worked_on"][-1]] == ["43.50", "standard", "2026-02-27"]
    assert data["warnings"] == []


async def test_the_same_inputs_give_the_same_answer(editor: Caller, tables: ClickHouse) -> None:
    first = data_of(await editor.post("/invoices/prefill", REQUEST))
    # The same rows, inserted in another order.
    tables.command(f"TRUNCATE TABLE {schema.WORKLOGS}")
    for each in reversed(WORKLOGS):
        tables.command(f"INSERT INTO {schema.WORKLOGS} VALUES {worklog(*each)}")
    assert data_of(await editor.post("/invoices/prefill", REQUEST)) == first
    # The worker computes the same draft, so the digest of the preview fits.
    draft = data_of(await editor.post("/invoices/generate", first), 201)
    assert [draft["line_items"], draft["revision"]] == [first["line_items"], 1]


async def test_a_draft_that_was_not_previewed_is_refused(editor: Caller, tables: ClickHouse) -> None:
    """The worker refuses it; the same request without the digest is then not taken for the refused one."""
    previewed = data_of(await editor.post("/invoices/prefill", REQUEST))
    late = worklog("w-99", "PROJ-456", "acc-01", "2026-02-11", "10:00:00", 3600)
    tables.command(f"INSERT INTO {schema.WORKLOGS} VALUES {late}")
    error = error_of(await editor.post("/invoices/generate", previewed), 409, "CONFLICT")
    assert error["details"]["reason"] == "PrefillChanged"
    assert data_of(await editor.post("/invoices/generate", REQUEST), 201)["revision"] == 1


async def test_february_of_a_leap_year_includes_the_29th(editor: Caller, tables: ClickHouse) -> None:
    days = {"2024-01-31": 1, "2024-02-01": 2, "2024-02-29": 3, "2024-03-01": 4}
    rows = [worklog(day, "PROJ-457", "acc-01", day, "10:00:00", hours * 3600) for day, hours in days.items()]
    tables.command(f"INSERT INTO {schema.WORKLOGS} VALUES {', '.join(rows)}")
    period = {"period_start": "2024-02-01", "period_end": "2024-02-29"}
    data = data_of(await editor.post("/invoices/prefill", REQUEST | period))
    assert data["total_hours"] == "5.00"
    [task] = [line for line in data["line_items"] if line["line_type"] == "task"]
    assert task["worked_on"] == ["2024-02-01", "2024-02-29"]
    assert data["line_items"][0]["description"] == "Monthly support — February 2024"


class TestWorklogsOfALine:
    @pytest.fixture
    async def lines(self, editor: Caller) -> dict[str, dict[str, Any]]:
        """The draft's lines by issue or type, each with the path of its worklogs."""
        draft = data_of(await editor.post("/invoices/generate", REQUEST), 201)
        path = f"/invoices/{draft['id']}/lines"
        return {
            line.get("jira_key") or line["line_type"]: line | {"path": f"{path}/{line['id']}/worklogs"}
            for line in draft["line_items"]
        }

    async def test_the_worklogs_add_up_to_the_line(self, editor: Caller, lines: dict[str, dict[str, Any]]) -> None:
        other = lines["PROJ-457"]
        found = data_of(await editor.get(other["path"]))
        assert [each["worklog_id"] for each in found["worklogs"]] == ["w-2", "w-3", "w-4", "w-5", "w-6", "w-8", "w-9"]
        logged = sum(each["time_spent_seconds"] for each in found["worklogs"])
        assert logged == other["time_seconds"] == 43 * 3600 + 1200
        assert sum(each["billable_seconds"] for each in found["worklogs"]) == other["billable_seconds"] == 156_600
        assert [found["line_id"], found["missing"], found["changes"]] == [other["id"], [], []]
        [ticket] = [each for each in found["worklogs"] if each["issue_key"] == "SUP-9"]
        assert ticket == {
            "worklog_id": "w-8",
            "issue_key": "SUP-9",
            "issue_summary": "The report is late",
            "issue_type": "Task",
            "priority": "P3",
            "account_id": "acc-01",
            "user_name": "acc-01",
            "started_on": "2026-02-10",
            "started_at": "2026-02-10T04:00:00Z",  # 09:00 in Tashkent
            "time_spent_seconds": 10800,
            "billable_seconds": 10800,
            "rate_tier": "standard",
        }

    async def test_overtime_lists_the_worklogs_above_the_limit(
        self, editor: Caller, lines: dict[str, dict[str, Any]]
    ) -> None:
        """2 + 4 x 8 = 34 h. The next 8 h cross the limit of 40 h, and all later worklogs are above it."""
        found = data_of(await editor.get(lines["overtime"]["path"]))
        assert [each["worklog_id"] for each in found["worklogs"]] == ["w-6", "w-8", "w-9"]
        assert found["changes"] == []

    async def test_a_base_has_no_worklogs_and_a_line_can_be_named_by_position(
        self, editor: Caller, lines: dict[str, dict[str, Any]]
    ) -> None:
        by_id = lines["support"]["path"]
        assert data_of(await editor.get(by_id))["worklogs"] == []
        by_place = by_id.replace(f"/{lines['support']['id']}/", "/1/")
        assert data_of(await editor.get(by_place)) == data_of(await editor.get(by_id))
        for unknown in ("0", "99", "L99", "x"):
            answer = await editor.get(by_id.replace(f"/{lines['support']['id']}/", f"/{unknown}/"))
            message = error_of(answer, 404, "NOT_FOUND")["message"]
            assert f"no line {unknown}" in message
            assert "L1, L2, L3, L4" in message

    async def test_changes_since_the_draft_are_listed(
        self, editor: Caller, lines: dict[str, dict[str, Any]], tables: ClickHouse
    ) -> None:
        path = lines["PROJ-456"]["path"]
        change = f"ALTER TABLE {schema.WORKLOGS} UPDATE"
        only = "WHERE worklog_id = 'w-1' SETTINGS mutations_sync = 1"
        tables.command(f"{change} duration_seconds = 12600 {only}")
        assert data_of(await editor.get(path))["changes"] == [
            "The worklogs add up to 3.50 h now; the line was made from 2.00 h."
        ]
        tables.command(f"{change} duration_seconds = 7200, issue_key = 'PROJ-457' {only}")
        assert data_of(await editor.get(path))["changes"] == ["Worklog w-1 is now logged on PROJ-457, not on PROJ-456."]
        tables.command(f"ALTER TABLE {schema.WORKLOGS} DELETE {only}")
        deleted = data_of(await editor.get(path))
        assert [deleted["worklogs"], deleted["missing"]] == [[], ["w-1"]]
        assert deleted["changes"] == [
            "1 of the line's 1 worklogs are no longer among the contract's worklogs of this period: w-1."
        ]

    async def test_a_missing_table_is_a_503(
        self, editor: Caller, lines: dict[str, dict[str, Any]], tables: ClickHouse
    ) -> None:
        tables.command(f"RENAME TABLE {schema.WORKLOGS} TO tempo.elsewhere")
        error = error_of(await editor.get(lines["PROJ-456"]["path"]), 503, "UNAVAILABLE")
        assert "worklogs_flat" in error["message"]
