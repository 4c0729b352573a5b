"""The registry page: views, filters in the address, search by amount, sums by currency, and pages."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from selectolax.lexbor import LexborNode
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from models.access.roles import Role
from models.invoice.status import AWAITS_MONEY
from settings import Settings
from tests.http.callers import NOW, user_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.registry.registry_rows import Row, in_order, rows, store

UNBOUNDED = 100


@pytest.fixture(scope="module")
async def all_rows(registry_engine: AsyncEngine) -> list[Row]:
    made = rows()
    await store(registry_engine, made)
    return made


@pytest.fixture(scope="module")
async def registry_app(api_settings: Settings, registry_url: str, all_rows: list[Row]) -> AsyncIterator[FastAPI]:
    app = create_app(api_settings.model_copy(update={"database_url": SecretStr(registry_url)}), clock=lambda: NOW)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(scope="module")
async def vera(registry_app: FastAPI) -> AsyncIterator[Visitor]:
    token, _ = registry_app.state.tokens.issue(user_of(Role.VIEWER), registry_app.state.app_state.started)
    transport = httpx.ASGITransport(registry_app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        yield Visitor(client, token)


def listed(page: Page) -> list[str]:
    return [
        link.removeprefix("/invoices/").partition("?")[0] for link in page.links("table.registry tbody td.c-number a")
    ]


def currency_of(row: LexborNode) -> str:
    return row.css("td.c-currency")[0].text(strip=True)


def ids(given: Sequence[Row]) -> list[str]:
    return [row["id"] for row in given]


async def test_the_newest_fifty_come_first_and_the_pages_join(vera: Visitor, all_rows: list[Row]) -> None:
    page = await vera.get("/invoices")
    assert listed(page) == ids(in_order(all_rows))[:50]
    seen = listed(page)
    while following := page.links(".pager a[rel=next]"):
        page = await vera.get(following[0])
        seen += listed(page)
    assert seen == ids(in_order(all_rows))
    before = await vera.get(page.links(".pager a[rel=prev]")[0])
    assert listed(before) == ids(in_order(all_rows))[200:250]


@pytest.mark.parametrize(
    ("label", "matches"),
    [
        ("All", lambda _: True),
        ("Drafts", lambda row: row["status"] == "draft"),
        ("Needs review", lambda row: row["status"] == "needs_review"),
        ("Outstanding", lambda row: row["status"] in AWAITS_MONEY),
        ("Late", lambda row: row["overdue"]),
        ("Blocked", lambda row: row["blocked"]),
        ("Rejected", lambda row: row["status"] == "rejected"),
        ("Paid", lambda row: row["status"] in ("paid", "closed")),
    ],
)
async def test_a_view_has_the_rows_that_its_count_says(
    vera: Visitor, all_rows: list[Row], label: str, matches: object
) -> None:
    assert callable(matches)
    found = [row for row in all_rows if matches(row)]
    first = await vera.get("/invoices")
    names = (text.rsplit(" ", 1)[0] for text in first.texts(".tabs a"))
    tabs = dict(zip(names, first.all(".tabs a"), strict=True))
    tab = tabs[label]
    assert tab.text().endswith(str(len(found)))
    page = await vera.get(str(tab.attributes["href"]))
    assert listed(page) == ids(in_order(found))[:50]
    assert page.texts(".tabs a[aria-current]")[0].startswith(label)


async def test_the_sums_are_of_all_matches_by_currency(vera: Visitor, all_rows: list[Row]) -> None:
    page = await vera.get("/invoices?status=sent&status=paid")
    found = [row for row in all_rows if row["status"] in ("sent", "paid")]
    sums = {
        currency_of(row): [Decimal(each.attributes["value"] or "") for each in row.css("data")]
        for row in page.all("tfoot tr")
    }
    currencies = {row["currency"] for row in found}
    assert sums == {
        currency: [
            sum(row[name] for row in found if row["currency"] == currency) for name in ("total_amount", "balance")
        ]
        for currency in currencies
    }


async def test_each_filter_is_said_and_can_be_removed_alone(vera: Visitor) -> None:
    page = await vera.get("/invoices?status=sent&status=paid&currency=UZS&period=2026-02&overdue=true&sort=number")
    chips = page.texts(".chips a.chip")
    assert sorted(chips) == sorted(["Status: Sent", "Status: Paid", "Currency: UZS", "Period: Feb 2026", "Late: yes"])
    without = dict(zip(chips, page.links(".chips a.chip"), strict=True))
    assert parse_qs(urlsplit(without["Status: Sent"]).query) == {
        "status": ["paid"],
        "currency": ["UZS"],
        "period": ["2026-02"],
        "overdue": ["true"],
        "sort": ["number"],
    }
    assert "currency" not in parse_qs(urlsplit(without["Currency: UZS"]).query)


@pytest.mark.parametrize("typed", ["2500", "2 500,00", "2,500.00", "UZS 2500"])
async def test_a_searched_amount_offers_the_invoices_of_that_total(
    vera: Visitor, all_rows: list[Row], typed: str
) -> None:
    page = await vera.get(f"/invoices?q={typed}")
    link = page.links(".offer a")[0]
    found = [row for row in all_rows if row["total_amount"] == 2500]
    assert f"{len(found)} invoices" in page.texts(".offer")[0]
    exact = await vera.get(link)
    assert listed(exact) == ids(in_order(found))[:50]
    assert exact.texts(".chips a.chip") == ["Total is: 2,500.00"]


async def test_a_name_offers_no_amount(vera: Visitor) -> None:
    assert (await vera.get("/invoices?q=acme")).all(".offer") == []


async def test_amounts_are_typed_as_people_write_them(vera: Visitor, all_rows: list[Row]) -> None:
    page = await vera.get("/invoices?min_total=100%2C50&max_total=2%20500%2C00")
    found = [row for row in all_rows if Decimal("100.50") <= row["total_amount"] <= 2500]
    assert listed(page) == ids(in_order(found))[:50]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("min_total=12.345", "min_total", "12.345 can mean 12.345 or 12345.00"),
        ("max_total=much", "max_total", "much is not an amount"),
        ("period=2026-13", "period", "must be a month such as 2026-02"),
        ("due_date_from=yesterday", "due_date_from", "must be a date"),
        ("min_total=20&max_total=10", "max_total", "must not be less than min_total"),
        ("status=sold", "status", "must be one of"),
        ("cursor=abc", "cursor", "is not from this list"),
    ],
)
async def test_a_filter_that_cannot_be_read_says_so_and_lists_nothing(
    vera: Visitor, query: str, field: str, message: str
) -> None:
    page = await vera.get(f"/invoices?{query}")
    assert page.status == 400
    assert message in page.texts(f"[role=alert] a[href='#f-{field}']")[0]
    assert listed(page) == []


@pytest.mark.parametrize(
    ("sort", "column"),
    [("number", "number"), ("customer_name", "company"), ("due_date", "due"), ("total_amount", "total")],
)
async def test_a_heading_sorts_and_turns_the_order(vera: Visitor, all_rows: list[Row], sort: str, column: str) -> None:
    page = await vera.get(f"/invoices?sort={sort}&order=asc")
    assert listed(page) == ids(in_order(all_rows, sort, "asc"))[:50]
    heading = page.all(f"thead th.c-{column}")[0]
    assert heading.attributes["aria-sort"] == "ascending"
    link = heading.css_first("a")
    assert link is not None
    turned = await vera.get(str(link.attributes["href"]))
    assert listed(turned) == ids(in_order(all_rows, sort, "desc"))[:50]


async def test_the_files_have_the_rows_of_the_page(vera: Visitor, all_rows: list[Row]) -> None:
    page = await vera.get("/invoices?currency=EUR&sort=number&order=asc")
    address = next(link for link in page.links(".head a[download]") if ".csv" in link)
    lines = (await vera.get(address)).response.text.splitlines()
    assert len(lines) - 1 == len([row for row in all_rows if row["currency"] == "EUR"])


async def test_the_two_empty_states(vera: Visitor) -> None:
    page = await vera.get("/invoices?q=nobodyhasthisname")
    assert "No invoice matches" in page.text
    assert "There are no invoices yet" not in page.text


async def test_russian_numbers_and_words(vera: Visitor) -> None:
    page = await vera.speaking("ru").get("/invoices?min_total=2500&max_total=2500")
    assert page.texts("h1") == ["Счета"]
    shown = page.all("tbody td.c-total data")[0]
    assert shown.text() == "2\u00a0500,00"
    assert shown.attributes["value"] == "2500.00"


async def test_views_and_totals_are_routes_of_the_api(registry_app: FastAPI, all_rows: list[Row]) -> None:
    token, _ = registry_app.state.tokens.issue(user_of(Role.VIEWER), registry_app.state.app_state.started)
    transport = httpx.ASGITransport(registry_app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://api", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        views = (await client.get("/api/v1/invoices/views")).json()["data"]
        assert views[0] == {"view": "all", "filters": {}, "invoices": len(all_rows)}
        late = next(each for each in views if each["view"] == "late")
        assert late["filters"] == {"overdue": True}
        totals = (await client.get("/api/v1/invoices/totals?currency=EUR")).json()["data"]["totals"]
        expected = sum(row["total_amount"] for row in all_rows if row["currency"] == "EUR")
        assert [(each["currency"], Decimal(each["total_amount"])) for each in totals] == [("EUR", expected)]
