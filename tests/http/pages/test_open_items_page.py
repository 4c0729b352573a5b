"""The page of the open items: sums by age that lead to their rows, clients, items, orders, files and the way back."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from models.access.roles import Role
from models.invoice.status import AWAITS_MONEY, Status
from settings import Settings
from tests.http.callers import NOW, Rules, draft_of, user_of
from tests.http.pages.desk_visits import Page, Visitor, changed
from tests.http.registry.registry_rows import TODAY, Row, folded, in_order, rows, store


@pytest.fixture(scope="module")
async def owed(registry_engine: AsyncEngine) -> list[Row]:
    made = rows()
    await store(registry_engine, made)
    return [row for row in made if row["status"] in AWAITS_MONEY]


@pytest.fixture(scope="module")
async def desk_app(api_settings: Settings, registry_url: str, owed: list[Row]) -> AsyncIterator[FastAPI]:
    app = create_app(api_settings.model_copy(update={"database_url": SecretStr(registry_url)}), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
async def visit(desk_app: FastAPI) -> AsyncIterator[Callable[[Role], Visitor]]:
    transport = httpx.ASGITransport(desk_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:

        def of(role: Role) -> Visitor:
            token, _ = desk_app.state.tokens.issue(user_of(role), desk_app.state.app_state.started)
            return Visitor(client, token)

        yield of


@pytest.fixture
def vera(visit: Callable[[Role], Visitor]) -> Visitor:
    return visit(Role.VIEWER)


def late(row: Row) -> int:
    days: int = (TODAY - row["due_date"]).days
    return max(days, 0)


def listed(page: Page) -> list[str]:
    return [link.removeprefix("/invoices/") for link in page.links("table.items tbody .at-number a")]


def amounts(page: Page, selector: str) -> list[Decimal]:
    return [Decimal(node.attributes["value"] or "") for node in page.all(f"{selector} data")]


async def test_each_sum_leads_to_rows_that_add_up_to_it(vera: Visitor) -> None:
    page = await vera.get("/open-items")
    links = page.all(".sums tbody td a")
    assert len(links) > 6
    for link in links:
        figure = link.css_first("data")
        assert figure is not None
        found = await vera.get(str(link.attributes["href"]))
        balances = amounts(found, "tbody .at-balance")
        while following := found.links(".pager a[rel=next]"):
            found = await vera.get(following[0])
            balances += amounts(found, "tbody .at-balance")
        assert sum(balances) == Decimal(figure.attributes["value"] or "")


async def test_the_clients_come_by_currency_with_the_largest_first(vera: Visitor, owed: list[Row]) -> None:
    page = await vera.get("/open-items?currency=UZS")
    sums: dict[str, Decimal] = {}
    for row in owed:
        if row["currency"] == "UZS":
            sums[row["customer_name"]] = sums.get(row["customer_name"], Decimal(0)) + row["balance"]
    names = page.texts("table.stack tbody td:first-child")
    assert sorted(names) == sorted(sums)
    assert [sums[name] for name in names] == sorted(sums.values(), reverse=True)
    assert amounts(page, "table.stack tbody .at-2") == [sums[name] for name in names]


async def test_a_client_leads_to_its_items(vera: Visitor, owed: list[Row]) -> None:
    page = await vera.get("/open-items")
    link = page.links("table.stack tbody td:first-child a")[0]
    query = parse_qs(urlsplit(link).query)
    found = [row for row in owed if [row["customer_key"]] == query["customer_key"]]
    expected = [row["id"] for row in in_order(found, "due_date", "asc") if [row["currency"]] == query["currency"]]
    items = await vera.get(link)
    assert listed(items) == expected
    assert items.texts(".tabs a[aria-current]") == ["By invoice"]
    assert [text.split(":")[0] for text in items.texts(".chips a.chip")] == ["Currency", "Client key"]


@pytest.mark.parametrize(
    ("sort", "heading", "value"),
    [
        ("customer_name", "Company", lambda row: folded(row["customer_name"])),
        ("days_late", "Days late", late),
        ("balance", "Balance", lambda row: row["balance"]),
    ],
)
async def test_a_heading_sorts_the_items_and_turns(
    vera: Visitor, owed: list[Row], sort: str, heading: str, value: Callable[[Row], object]
) -> None:
    by_id = {row["id"]: row for row in owed}
    page = await vera.get("/open-items?view=invoices")
    seen = []
    for _ in range(2):
        link = next(node for node in page.all("table.items thead a") if node.text(strip=True) == heading)
        page = await vera.get(str(link.attributes["href"]))
        [turned] = [
            node.attributes["aria-sort"] for node in page.all("table.items thead th") if heading in node.text()
        ][:1]
        values = [value(by_id[one]) for one in listed(page)]
        assert values == sorted(values, reverse=turned == "descending")  # type: ignore[type-var]
        seen.append(turned)
    assert set(seen) == {"ascending", "descending"}
    assert f"sort={sort}" in str(link.attributes["href"])


async def test_the_files_take_the_filters_and_the_order(vera: Visitor, owed: list[Row]) -> None:
    page = await vera.get("/open-items?view=invoices&currency=EUR&age=90%2B&sort=balance")
    address = next(link for link in page.links(".head a[download]") if ".csv" in link)
    lines = (await vera.get(address)).response.text.splitlines()
    assert lines[0].split(",")[11] == "days_late"
    assert len(lines) - 1 == len([row for row in owed if row["currency"] == "EUR" and late(row) > 90])
    by_client = await vera.get("/open-items?sort=balance&currency=EUR")
    for link in by_client.links(".head a[download]"):
        assert parse_qs(urlsplit(link).query) == {"currency": ["EUR"]}
        assert (await vera.get(link)).status == 200


@pytest.mark.parametrize(
    "query", ["age=100", "view=invoices&cursor=abc", "currency=XXQ", "view=invoices&sort=number", "q=%2E"]
)
async def test_a_filter_that_cannot_be_read_says_so(vera: Visitor, query: str) -> None:
    page = await vera.get(f"/open-items?{query}")
    assert page.status == 400
    assert page.texts("[role=alert] a") != []
    assert page.all("main table") == []


async def test_nothing_matches(vera: Visitor) -> None:
    page = await vera.get("/open-items?q=nobodyhasthisname")
    assert "Nothing matches" in page.text
    assert page.texts(".chips a.chip") == ["Search: nobodyhasthisname"]


async def test_only_who_may_records_payments_here(visit: Callable[[Role], Visitor], vera: Visitor) -> None:
    assert (await vera.get("/open-items?view=invoices")).all("a[data-command]") == []
    page = await visit(Role.EDITOR).get("/open-items?view=invoices&currency=UZS")
    address = urlsplit(page.links("a[data-command]")[0])
    assert address.path == f"/invoices/{listed(page)[0]}/commands/record_payment"
    [back] = parse_qs(address.query)["back"]
    assert parse_qs(urlsplit(back).query) == {"view": ["invoices"], "currency": ["UZS"], "done": [listed(page)[0]]}


async def test_the_way_back_says_what_was_recorded(rules: Rules, visitor: Callable[[Role], Visitor], key: str) -> None:
    """The seed's invoice of 15,825,000 (docs/specification/pricing.md 4.8), of which a million is paid."""
    sent = await rules.put(
        changed(draft := await rules.put(draft_of(key)), status=Status.SENT, due=NOW.date() + timedelta(7))
    )
    lena = visitor(Role.EDITOR)
    page = await lena.get(f"/open-items?view=invoices&q={key}")
    assert listed(page) == [draft.id]
    form = await lena.get(page.links("a[data-command]")[0])
    typed = {**form.fields(), "amount": "1 000 000,00", "reference": "doc 7", "paid_on": "2026-02-28"}
    answer = await lena.post(f"/invoices/{sent.id}/commands/record_payment", typed)
    after = await lena.get(answer.response.headers["Location"])
    assert "Payment recorded" in after.texts(".panel.done")[0]
    assert amounts(after, ".panel.done") == [Decimal(1_000_000), Decimal("14825000.00")]
    assert amounts(after, "tbody .at-balance") == [Decimal("14825000.00")]
