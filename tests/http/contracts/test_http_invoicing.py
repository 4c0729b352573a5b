"""How far each contract is invoiced for a month: its invoices in the list of contracts, and the filters by them."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from models.access.roles import Role
from models.billing.period_state import PeriodState, period_state
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.period import Period
from settings import ClickHouseSettings, Settings
from tests.http.callers import NOW, Caller, draft_of, error_of, user_of

# The demo has thirteen contracts; APP-011 is closed.
ACTIVE = [f"APP-{n:03}" for n in range(1, 14) if n != 11]
JANUARY = Period.month(2026, 1)


@pytest.fixture(scope="module")
async def app(
    api_settings: Settings, registry_url: str, registry_engine: AsyncEngine, demo_clickhouse_url: str
) -> AsyncIterator[FastAPI]:
    database = {"database_url": SecretStr(registry_url)}
    clickhouse = {"clickhouse": ClickHouseSettings(url=SecretStr(demo_clickhouse_url))}
    app = create_app(api_settings.model_copy(update={**database, **clickhouse}), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def caller(app: FastAPI) -> AsyncIterator[Caller]:
    token, _ = app.state.tokens.issue(user_of(Role.VIEWER), app.state.app_state.started)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield Caller(client, {"Authorization": f"Bearer {token}"})


def with_status(key: str, status: Status, period: Period | None = None, attempt: str = "") -> Invoice:
    """Return a draft of the contract for February, or another period, with the status."""
    draft = draft_of(key)
    content = draft.content.with_service(period=period) if period else draft.content
    name = f"{draft.workflow_id}.{(period or draft.content.period).label}{attempt}"
    return draft.model_copy(update={"id": name, "workflow_id": name, "status": status, "content": content})


@pytest.fixture(scope="module")
async def invoices(registry_engine: AsyncEngine) -> dict[str, Invoice]:
    """A draft, an issued invoice, a voided one, one made again after a void, and one for a part of the month."""
    half = Period(start=date(2026, 2, 1), end=date(2026, 2, 14))
    made = {
        "APP-001": with_status("APP-001", Status.DRAFT),
        "APP-002": with_status("APP-002", Status.SENT),
        "APP-003": with_status("APP-003", Status.VOID),
        "APP-004 void": with_status("APP-004", Status.VOID, attempt=".void"),
        "APP-004": with_status("APP-004", Status.DECLINED),
        "APP-005": with_status("APP-005", Status.NEEDS_REVIEW, half),
        "APP-006": with_status("APP-006", Status.PAID, JANUARY),
    }
    for each in made.values():
        await InvoiceProjection(registry_engine).project(each)
    return made


async def listed(caller: Caller, **query: Any) -> dict[str, Any]:
    response = await caller.get("/clients", params={"per_page": 50, **query})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def keys(caller: Caller, **query: Any) -> list[str]:
    return [row["application_key"] for row in (await listed(caller, **query))["data"]]


async def test_each_contract_has_its_invoice_for_the_month(caller: Caller, invoices: dict[str, Invoice]) -> None:
    rows = {row["application_key"]: row["invoicing"] for row in (await listed(caller, period="2026-02"))["data"]}
    assert list(rows) == ACTIVE
    assert {key: row["state"] for key, row in rows.items() if row["state"] != "none"} == {
        "APP-001": "draft",
        "APP-002": "issued",
        "APP-004": "draft",
        "APP-005": "issued",
    }
    assert rows["APP-001"]["invoice"] == {
        "id": invoices["APP-001"].id,
        "display_number": None,
        "status": "draft",
        "period_start": "2026-02-01",
        "period_end": "2026-02-28",
        "currency": "UZS",
        "total_amount": "15825000.00",
    }
    assert rows["APP-004"]["invoice"]["id"] == invoices["APP-004"].id
    assert rows["APP-005"]["invoice"]["period_end"] == "2026-02-14"
    # The last invoice is the newest one, also if it is void or of another month.
    assert [rows["APP-003"]["invoice"], rows["APP-003"]["last_invoice"]["status"]] == [None, "void"]
    assert [rows["APP-006"]["invoice"], rows["APP-006"]["last_invoice"]["period_start"]] == [None, "2026-01-01"]
    assert [rows["APP-007"]["invoice"], rows["APP-007"]["last_invoice"]] == [None, None]


async def test_without_a_period_the_list_does_not_look_for_invoices(caller: Caller) -> None:
    assert all("invoicing" not in row for row in (await listed(caller))["data"])


@pytest.mark.usefixtures("invoices")
async def test_contracts_by_the_state_of_a_month(caller: Caller) -> None:
    assert await keys(caller, period="2026-02", state="draft") == ["APP-001", "APP-004"]
    assert await keys(caller, period="2026-02", state="issued") == ["APP-002", "APP-005"]
    rest = [key for key in ACTIVE if key not in ("APP-001", "APP-002", "APP-004", "APP-005")]
    # Today is 1 March 2026, so the previous month is February.
    assert await keys(caller, state="none") == rest
    assert await keys(caller, period="2026-01", state="issued") == ["APP-006"]
    page = await listed(caller, state="none", per_page=3, page=2)
    assert [row["application_key"] for row in page["data"]] == rest[3:6]
    assert page["meta"]["total"] == len(rest)
    assert await keys(caller, state="draft", search="acme") == ["APP-001"]


async def test_contracts_by_deal_type_and_currency(caller: Caller) -> None:
    every = (await listed(caller))["data"]
    for field, value in (("deal_type", "HR"), ("deal_type", "FP"), ("currency", "USD"), ("currency", "UZS")):
        wanted = [row["application_key"] for row in every if row[field] == value]
        assert wanted
        assert await keys(caller, **{field: value}) == wanted
    both = [row["application_key"] for row in every if (row["deal_type"], row["currency"]) == ("SUP", "UZS")]
    assert await keys(caller, deal_type="SUP", currency="UZS") == both


@pytest.mark.parametrize("query", [{"deal_type": "XXL"}, {"currency": "XYZ"}, {"period": "2026-13"}, {"state": "some"}])
async def test_a_filter_that_is_not_known(caller: Caller, query: dict[str, str]) -> None:
    error_of(await caller.get("/clients", params=query), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (None, PeriodState.NONE),
        (Status.VOID, PeriodState.NONE),
        (Status.DISCARDED, PeriodState.NONE),
        (Status.DRAFT, PeriodState.DRAFT),
        (Status.DECLINED, PeriodState.DRAFT),
        (Status.NEEDS_REVIEW, PeriodState.ISSUED),
        (Status.REJECTED, PeriodState.ISSUED),
        (Status.CLOSED, PeriodState.ISSUED),
    ],
)
def test_the_state_follows_from_the_status(status: Status | None, state: PeriodState) -> None:
    assert period_state(status) is state
