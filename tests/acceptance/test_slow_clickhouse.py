"""A slow ClickHouse: the answer of the API, and that nothing is written."""

from typing import Any

import clickhouse_connect
import httpx
import pytest

from local.demo.api_client import ApiClient
from tests.acceptance.conftest import CLICKHOUSE_SECONDS

PERIOD = {"application_key": "APP-001", "period_start": "2025-01-01", "period_end": "2025-01-31"}


@pytest.fixture
def slow_clickhouse(described: dict[str, Any]) -> Any:
    """Replace the table of contacts by a slow view."""
    client = clickhouse_connect.get_client(dsn=described["clickhouse"])
    client.command("RENAME TABLE cdm.jira_contacts TO cdm.jira_contacts_kept")
    busy = "SELECT contact_key FROM (SELECT toString(sipHash64(number)) AS contact_key FROM numbers(100000000000))"
    client.command(f"CREATE VIEW cdm.jira_contacts AS SELECT * FROM cdm.jira_contacts_kept WHERE name NOT IN ({busy})")
    yield
    client.command("DROP VIEW cdm.jira_contacts")
    client.command("RENAME TABLE cdm.jira_contacts_kept TO cdm.jira_contacts")


@pytest.mark.parametrize("path", ["/invoices/prefill", "/invoices/generate"])
@pytest.mark.usefixtures("slow_clickhouse")
async def test_a_slow_clickhouse_is_reported_as_500_and_nothing_is_written(editor: ApiClient, path: str) -> None:
    before = {row["id"] for row in await editor.invoices()}
    answer = await editor.http.post(path, json=PERIOD)
    assert answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR
    error = answer.json()["error"]
    assert error["code"] == "INTERNAL_ERROR"
    assert f"ClickHouse did not answer within {CLICKHOUSE_SECONDS} s" in error["message"]
    assert {row["id"] for row in await editor.invoices()} == before
    assert (await editor.http.get("/clients")).status_code == httpx.codes.OK


async def test_it_works_again_afterwards(editor: ApiClient) -> None:
    draft = await editor.generate(**PERIOD)
    assert draft["status"] == "draft"
