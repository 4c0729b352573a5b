"""Contracts over HTTP from the real ClickHouse: the list, one contract, worklogs, and an outage of ClickHouse."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import clickhouse_connect
import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from activities.database.database_url import psycopg_url
from api.app import create_app
from local.seed import seed_terms, seed_users
from local.stack.credentials import SeedUser
from settings import AuthSettings, ClickHouseSettings, Settings, TemporalSettings
from tests.http.callers import Caller, data_of, error_of

FEBRUARY = {"from": "2026-02-01", "to": "2026-02-28"}
PASSWORD = "a long password"


@pytest.fixture
async def offline_settings(empty_database_url: str) -> Settings:
    """Settings whose Temporal and ClickHouse cannot be reached; no worker runs."""
    engine = create_engine(psycopg_url(empty_database_url))
    assert seed_terms(engine)
    await seed_users(
        empty_database_url, [SeedUser(username=role, password=PASSWORD, role=role) for role in ("viewer", "editor")]
    )
    engine.dispose()
    return Settings(
        database_url=SecretStr(empty_database_url),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        temporal=TemporalSettings(address="127.0.0.1:1"),
        clickhouse=ClickHouseSettings(url=SecretStr("http://default:@127.0.0.1:1/default")),
    )


async def calling(settings: Settings) -> AsyncIterator[Caller]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api", timeout=60) as client,
    ):
        login = await client.post("/api/v1/auth/login", json={"username": "viewer", "password": PASSWORD})
        yield Caller(client, {"Authorization": f"Bearer {data_of(login)['token']}"})


@pytest.fixture
async def client(offline_settings: Settings, demo_clickhouse_url: str) -> AsyncIterator[Caller]:
    clickhouse = ClickHouseSettings(url=SecretStr(demo_clickhouse_url))
    async for caller in calling(offline_settings.model_copy(update={"clickhouse": clickhouse})):
        yield caller


@pytest.fixture
async def without_clickhouse(offline_settings: Settings) -> AsyncIterator[Caller]:
    async for caller in calling(offline_settings):
        yield caller


async def listed(caller: Caller, **query: Any) -> dict[str, Any]:
    response = await caller.get("/clients", params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_the_list_has_pages_and_a_search(client: Caller) -> None:
    first, second = await listed(client, per_page=5), await listed(client, per_page=5, page=2)
    keys = [row["application_key"] for row in first["data"] + second["data"]]
    assert keys == sorted(set(keys))
    assert len(keys) == 10
    assert first["meta"] == {"total": first["meta"]["total"], "page": 1, "per_page": 5}
    assert first["unreadable"] == []
    [acme] = (await listed(client, search="aCmE"))["data"]
    # The worked example of the documentation: 15,000,000 a month, 40 hours inside, 150,000 above.
    assert acme == {
        "application_key": "APP-001",
        "customer_key": acme["customer_key"],
        "application_name": acme["application_name"],
        "company_name": "Acme Corp",
        "status": "Active",
        "deal_type": "SUP",
        "client_type": "local",
        "measure": "limit",
        "deal_amount": "15000000.00",
        "monthly_limit": 40,
        "hourly_rate": "150000.00",
        "currency": "UZS",
        "invoice_amount": acme["invoice_amount"],
    }
    assert (await listed(client, search="no such company"))["data"] == []
    for query in ({"page": 0}, {"per_page": 101}, {"search": ""}, {"sort": "name"}):
        error_of(await client.get("/clients", params=query), 400, "VALIDATION_ERROR")


async def test_one_contract_in_full(client: Caller) -> None:
    found = data_of(await client.get("/clients/APP-001"))
    assert found.keys() == {"application", "customer", "contacts", "client_type"}
    assert found["application"]["labels"] == ["PROJ"]
    assert found["application"]["deal_amount"] == "15000000.00"
    assert found["customer"]["company_name"] == "Acme Corp"
    assert all(contact.keys() == {"name", "email", "phone"} for contact in found["contacts"])
    assert found["contacts"]
    error = error_of(await client.get("/clients/APP-999"), 404, "NOT_FOUND")
    assert error["message"] == "There is no contract APP-999 in ClickHouse."
    error_of(await client.get("/clients/a%20b"), 400, "VALIDATION_ERROR")


async def test_worklogs_as_they_are_billed(client: Caller, empty_database_url: str) -> None:
    response = await client.get("/clients/APP-001/worklogs", params=FEBRUARY)
    assert response.status_code == 200, response.text
    page = response.json()
    rows, totals = page["data"], page["totals"]
    assert page["meta"]["total"] == len(rows)
    assert page["rate_rule"] == "default"
    assert totals["billable_hours"] == "45.50"  # docs/specification/pricing.md 4.8
    billed = [row for row in rows if row["billed"]]
    assert sum(row["billable_seconds"] for row in billed) == 163_800  # 45.5 h x 3600
    assert all(row["billable_seconds"] == max(row["time_spent_seconds"], 1800) for row in billed)
    reasons = {row["account_id"]: row["not_billed_reason"] for row in rows if not row["billed"]}
    assert reasons.items() <= {("acc-09", "overhead_only"), ("acc-10", "excluded")}
    assert sum(totals["billable_seconds_by_tier"].values()) == 163_800
    tiers = Counter[str]()
    for row in billed:
        tiers[row["rate_tier"]] += row["billable_seconds"]
    assert totals["billable_seconds_by_tier"] == dict(tiers)

    part = (await client.get("/clients/APP-001/worklogs", params=FEBRUARY | {"page": 2, "per_page": 3})).json()
    assert [row["worklog_id"] for row in part["data"]] == [row["worklog_id"] for row in rows[3:6]]
    assert part["totals"] == totals

    engine = create_engine(psycopg_url(empty_database_url))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO project_classifications VALUES ('PROJ', 'internal')"))
        connection.execute(text("DELETE FROM employee_exclusions"))
        connection.execute(text("DELETE FROM issuer_settings"))  # reading worklogs needs no issuer
    engine.dispose()
    page = (await client.get("/clients/APP-001/worklogs", params=FEBRUARY)).json()
    assert {row["not_billed_reason"] for row in page["data"]} == {"internal"}
    assert page["totals"]["billable_seconds"] == 0


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({}, "from"),
        ({"from": "2026-02-01"}, "to"),
        ({"from": "1.2.2026", "to": "2026-02-28"}, "from"),
        ({"from": "2026-03-01", "to": "2026-02-28"}, "query"),
        ({"from": "2024-03-01", "to": "2026-02-28"}, "query"),
        (FEBRUARY | {"per_page": 501}, "per_page"),
    ],
)
async def test_bad_periods(viewer: Caller, query: dict[str, Any], path: str) -> None:
    error = error_of(await viewer.get("/clients/APP-001/worklogs", params=query), 400, "VALIDATION_ERROR")
    assert error["details"][0]["path"] == path


async def test_without_clickhouse_clients_are_unavailable_and_the_registry_works(without_clickhouse: Caller) -> None:
    for path, query in (("/clients", {}), ("/clients/APP-001", {}), ("/clients/APP-001/worklogs", FEBRUARY)):
        error = error_of(await without_clickhouse.get(path, params=query), 503, "UNAVAILABLE")
        assert "ClickHouse" in error["message"]
    assert (await without_clickhouse.get("/invoices")).json()["meta"]["total"] == 0


async def test_clients_need_a_login(http: httpx.AsyncClient) -> None:
    for path in ("/clients", "/clients/APP-001", "/clients/APP-001/worklogs"):
        error_of(await http.get(f"/api/v1{path}"), 401, "UNAUTHORIZED")


async def test_an_unreadable_contract_is_named(client: Caller, demo_clickhouse_url: str) -> None:
    acme = "(SELECT * FROM cdm.jira_applications WHERE application_key = 'APP-001')"
    bad = "* REPLACE ('APP-0BAD' AS application_key, 'XXL' AS deal_type)"
    clickhouse = clickhouse_connect.get_client(dsn=demo_clickhouse_url)
    clickhouse.command(f"INSERT INTO cdm.jira_applications SELECT {bad} FROM {acme}")
    try:
        found = await listed(client, search="APP-0BAD")
        error = error_of(await client.get("/clients/APP-0BAD"), 400, "VALIDATION_ERROR")
    finally:
        clickhouse.command(
            "ALTER TABLE cdm.jira_applications DELETE WHERE application_key = 'APP-0BAD'",
            settings={"mutations_sync": 1},
        )
        clickhouse.close()
    assert (found["data"], found["meta"]["total"]) == ([], 1)
    assert found["unreadable"] == [{"application_key": "APP-0BAD", "reason": "deal_type is 'XXL'"}]
    assert "cannot be read: deal_type is 'XXL'" in error["message"]
