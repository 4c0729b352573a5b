"""The pages of contracts, with the contracts of the demo in a real ClickHouse, and without ClickHouse."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import QueryParams

from activities.database.database_url import psycopg_url
from activities.invoice.projection import InvoiceProjection
from api.access.deps import Actor
from api.app import create_app
from api.pages.periods import asked_period
from api.reads import Reads
from api.settings.editing import writing
from api.settings.repositories import RATE_BOOKS
from api.settings.store import SettingsStore
from local.seed import seed_terms
from models.access.roles import Role
from models.contracts.ports import ContractPage, UnreadableContract
from models.contracts.settings import DatedRule, RateBook
from models.values.period import Period
from settings import ClickHouseSettings, Settings
from tests.http.callers import NOW, draft_of, user_of
from tests.http.pages.desk_visits import Visitor
from tests.http.pages.list_walk import assert_rows_lead_on

Visits = Callable[[Role], Visitor]
FEBRUARY = Period.month(2026, 2)


@asynccontextmanager
async def desk(settings: Settings) -> AsyncIterator[Visits]:
    app: FastAPI = create_app(settings, clock=lambda: NOW)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://api") as client,
    ):

        def of(role: Role) -> Visitor:
            token, _ = app.state.tokens.issue(user_of(role), app.state.app_state.started)
            return Visitor(client, token)

        yield of


@pytest.fixture(scope="module")
def settings(api_settings: Settings, registry_url: str, registry_engine: AsyncEngine) -> Settings:
    return api_settings.model_copy(update={"database_url": SecretStr(registry_url)})


@pytest.fixture(scope="module")
async def visitor(settings: Settings, registry_url: str, demo_clickhouse_url: str) -> AsyncIterator[Visits]:
    engine = create_engine(psycopg_url(registry_url))
    assert seed_terms(engine)  # with the people and projects of the demo that are not billed
    engine.dispose()
    clickhouse = ClickHouseSettings(url=SecretStr(demo_clickhouse_url))
    async with desk(settings.model_copy(update={"clickhouse": clickhouse})) as visits:
        yield visits


@pytest.fixture(scope="module")
async def without_clickhouse(settings: Settings) -> AsyncIterator[Visits]:
    async with desk(settings) as visits:
        yield visits


@pytest.fixture(scope="module")
async def draft_id(registry_engine: AsyncEngine) -> str:
    """The draft of APP-001 for February, by its id."""
    draft = draft_of("APP-001")
    await InvoiceProjection(registry_engine).project(draft)
    return draft.id


async def test_the_list_says_how_far_each_contract_is_invoiced(visitor: Visits, draft_id: str) -> None:
    page = await visitor(Role.EDITOR).get("/clients")
    assert page.status == 200
    rows = {row.css("td")[1].text(): row for row in page.all("table.clients tbody tr")}
    assert len(rows) == 12
    acme = rows["APP-001"]
    text = " ".join(acme.text(separator=" ").split())
    assert "Acme Corp" in text
    assert "SUP" in text
    assert "40 h" in text
    links = [str(link.attributes["href"]).partition("?")[0] for link in acme.css("a")]
    assert links[:2] == ["/clients/APP-001", f"/invoices/{draft_id}"]
    assert "not invoiced" in rows["APP-002"].text()
    generate = rows["APP-002"].css("a.button")
    assert [each.attributes["href"] for each in generate] == ["/generate?application_key=APP-002&period=2026-02&step=2"]
    assert acme.css("a.button") == []
    assert page.links('main [data-key="n"]') == ["/generate"]


async def test_filters_stand_in_the_address_and_as_chips(visitor: Visits, draft_id: str) -> None:
    page = await visitor(Role.VIEWER).get("/clients?search=acme&state=draft&period=2026-02")
    assert len(page.all("table.clients tbody tr")) == 1
    assert page.texts(".chips .chip") == ["Search: acme", "State of the period: has a draft"]
    assert page.links(".chips .chip")[0] == "/clients?state=draft&period=2026-02"
    assert page.all("a.button.small") == []  # a viewer cannot generate
    nothing = await visitor(Role.VIEWER).get("/clients?search=nobody")
    assert "Nothing matches" in nothing.text
    wrong = await visitor(Role.VIEWER).get("/clients?deal_type=XXL&search=acme")
    assert wrong.status == 400
    assert wrong.all("[role=alert]")
    assert wrong.all("input[name=search]")[0].attributes["value"] == "acme"


async def test_one_contract(visitor: Visits, draft_id: str, registry_engine: AsyncEngine) -> None:
    store = SettingsStore(registry_engine)
    rule = DatedRule(
        valid_from=date(2026, 1, 1),
        base_hourly_rate=Decimal("150000.00"),
        monthly_limit_hours=Decimal(40),
        overtime_multiplier=Decimal("1.25"),
    )
    async with writing(store, Actor("marat", Role.MANAGER)) as transaction:
        await transaction.put(RATE_BOOKS, "APP-001", None, RateBook(rules=(rule,)))
    page = await visitor(Role.EDITOR).get("/clients/APP-001?period=2026-02")
    assert page.status == 200
    assert page.texts("h1") == ["Acme Corp"]
    assert "× 1.25" in page.text
    # Of the worked example of the documentation: 45.50 billed hours.
    assert "Billed 45.50 h" in page.text
    assert "this person's work is left out" in page.text
    assert len(page.all("table.worklogs tbody tr")) == len(page.all("table.worklogs td.c-who"))
    assert page.links("a.button.primary") == ["/generate?application_key=APP-001&period=2026-02&step=2"]
    of_contract = f"/invoices/{draft_id}?list=application_key%3DAPP-001"
    assert page.links("section[aria-labelledby=invoices-title] tbody a") == [of_contract]
    assert page.all("section[aria-labelledby=customer-title] a[href^='mailto:']")
    other_days = await visitor(Role.VIEWER).get("/clients/APP-001?from=2026-02-01&to=2026-02-03")
    assert "1 Feb 2026 – 3 Feb 2026" in other_days.text
    wrong = await visitor(Role.VIEWER).get("/clients/APP-001?from=2026-02-28&to=2026-02-03")
    assert "before it starts" in wrong.text


async def test_the_page_of_a_contract_leads_on_in_its_list(visitor: Visits, draft_id: str) -> None:
    vera, cells = visitor(Role.VIEWER), "table.clients td.c-client a"
    rows = await assert_rows_lead_on(vera, "/clients?period=2026-02", cells)
    assert (await vera.get(rows[0])).all("#f-period")[0].attributes["value"] == "2026-02"
    # APP-001 has a draft, so it is not in the list of what is not invoiced; the list goes on after it.
    to_do = (await vera.get("/clients?period=2026-02&state=none")).links(cells)
    query = to_do[0].partition("?")[2]
    page = await vera.get(f"/clients/APP-001?{query}")
    assert page.links(".neighbours a[rel]") == [to_do[0]]


async def test_a_contract_that_does_not_exist(visitor: Visits) -> None:
    assert (await visitor(Role.VIEWER).get("/clients/APP-999")).status == 404


async def test_without_clickhouse_the_pages_say_why_they_are_empty(without_clickhouse: Visits, draft_id: str) -> None:
    page = await without_clickhouse(Role.EDITOR).get("/clients")
    assert page.status == 503
    assert "ClickHouse does not answer" in page.text
    assert page.all("#down[hx-trigger='every 10s']")
    assert "There are no active contracts" not in page.text
    one = await without_clickhouse(Role.EDITOR).get("/clients/APP-001")
    assert one.status == 200
    assert "ClickHouse does not answer" in one.text
    of_contract = f"/invoices/{draft_id}?list=application_key%3DAPP-001"
    assert one.links("section[aria-labelledby=invoices-title] tbody a") == [of_contract]


async def test_unreadable_contracts_stand_apart(visitor: Visits, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = UnreadableContract(application_key="APP-0BAD", reason="deal_type is 'XXL'")

    async def clients(*_: object) -> ContractPage:
        return ContractPage(items=(), total=1, unreadable=(bad,))

    monkeypatch.setattr(Reads, "clients", clients)
    page = await visitor(Role.VIEWER).get("/clients")
    assert page.texts("section[aria-labelledby=unreadable-title] li") == ["APP-0BAD : deal_type is 'XXL'"]
    assert page.all("table.clients") == []


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ("", FEBRUARY),
        ("period=2026-01", Period.month(2026, 1)),
        ("period=2026-02-01_2026-02-14", Period(start=date(2026, 2, 1), end=date(2026, 2, 14))),
        ("period=2026-01&from=2026-02-01&to=2026-02-28", FEBRUARY),
    ],
)
def test_the_period_of_an_address(query: str, period: Period) -> None:
    found = asked_period(QueryParams(query), date(2026, 3, 1))
    assert (found.period, found.error) == (period, None)
    assert Period.of_label(found.label) == period


@pytest.mark.parametrize(
    "query",
    [
        "period=2026-13",
        "period=x_y",
        "from=2026-02-01",
        "from=2026-02-02&to=2026-02-01",
        "period=2024-01-01_2026-01-01",
    ],
)
def test_no_period(query: str) -> None:
    found = asked_period(QueryParams(query), date(2026, 3, 1))
    assert found.period == FEBRUARY
    assert found.error
