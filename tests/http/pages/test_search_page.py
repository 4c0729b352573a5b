"""The search in the frame: an exact number leads to its page, everything else to results grouped by kind."""

from collections.abc import Callable
from datetime import date
from urllib.parse import quote

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from api.search.exact import exact_hit
from api.search.finder import readable
from api.search.schemas import SearchKind
from models.access.roles import Role
from models.values.failure_codes import Failure
from tests.fixtures.cloud_bills import line, stored_bill, unique
from tests.http.callers import Caller, Rules, data_of, draft_of, error_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.pages.partner_data import made_partner, received
from workflows.client.errors import RequestFailed

Visits = Callable[[Role], Visitor]


def groups(page: Page) -> dict[str, str]:
    """Return the counts by kind."""
    return {str(each.attributes["id"]): each.css_first(".count").text() for each in page.all(".search-group")}  # type: ignore[union-attr]


async def test_the_box_of_the_frame_searches_everything(visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get("/me")
    assert [each.attributes["action"] for each in page.all("form[role=search]")] == ["/search"]
    empty = await visitor(Role.VIEWER).get("/search")
    assert "Type a number" in empty.text


async def test_an_order_is_found_by_its_number_docket_and_site(
    manager: Caller, admin: Caller, editor: Caller, visitor: Visits, rules: Rules
) -> None:
    del rules
    partner = await made_partner(manager, admin)
    order = await received(editor, partner, building_name=f"Tower {partner}")
    vera = visitor(Role.VIEWER)
    for typed in (order, order.lower(), f" {order} "):
        exact = await vera.get(f"/search?q={quote(typed)}")
        assert (exact.status, exact.response.headers["Location"]) == (303, f"/orders/{order}"), typed
    page = await vera.get(f"/search?q={quote(f'tower {partner.lower()}')}")
    assert groups(page) == {"order": "1"}
    [link, row] = page.links("#order a")
    assert (await vera.get(link)).texts("table.orders tbody td:first-child") == [order]
    assert (await vera.get(row)).texts("h1") == [order]
    assert (await vera.get(row)).links(".neighbours a")[0].startswith("/orders?q=tower")


async def test_two_records_with_one_number_are_shown_and_not_chosen(
    engine: AsyncEngine, visitor: Visits, rules: Rules
) -> None:
    del rules
    number = unique("N").upper()
    bills = []
    for month in (1, 2):
        days = {"first_day": date(2024, month, 1), "end": date(2024, month + 1, 1)}
        bills.append(await stored_bill(engine, [line("1.00")], unique("provider"), number=number, **days))
    page = await visitor(Role.VIEWER).get(f"/search?q={number}")
    assert page.status == 200
    assert groups(page) == {"bill": "2"}
    assert page.texts("#bill tbody td:first-child") == [number, number]
    assert await exact_hit(engine, number, list(SearchKind)) is None
    [hit] = [await exact_hit(engine, bills[0].key.provider_invoice_id, list(SearchKind))]
    assert (hit and hit.kind, hit and hit.id) == (SearchKind.BILL, bills[0].id)
    assert await exact_hit(engine, bills[0].key.provider_invoice_id, [SearchKind.ORDER]) is None


async def test_the_results_of_several_kinds_and_of_an_amount(rules: Rules, key: str, visitor: Visits) -> None:
    invoice = await rules.put(draft_of(key))
    vera = visitor(Role.VIEWER)
    page = await vera.get("/search?q=acme")
    assert page.links("#contract tbody a") == ["/clients/APP-001?list=search%3Dacme"]
    assert page.links("#invoice .card-head a") == ["/invoices?q=acme"]
    total = f"{invoice.total}"
    amount = await vera.get(f"/search?q={total}")
    assert f"/invoices?min_total={total}&max_total={total}" in amount.links(".offer a")
    nothing = await vera.get(f"/search?q={key}nobody")
    assert "Nothing matches" in nothing.text


async def test_without_clickhouse_everything_else_is_found(rules: Rules, key: str, visitor: Visits) -> None:
    await rules.put(draft_of(key))
    rules.failures.append(RequestFailed(Failure.WAREHOUSE_UNAVAILABLE, "ClickHouse does not answer."))
    page = await visitor(Role.VIEWER).get(f"/search?q={key}")
    assert page.links("#invoice .card-head a") == [f"/invoices?q={key}"]
    assert "contracts were not searched" in page.texts("#contract")[0]


@pytest.mark.parametrize("typed", ["...", "%00", "-"])
async def test_what_cannot_be_searched_for_is_said(visitor: Visits, typed: str) -> None:
    page = await visitor(Role.VIEWER).get(f"/search?q={typed}")
    assert page.status == 400
    assert "must have a letter or a digit to search for" in page.text


async def test_the_route_answers_the_same(editor: Caller, rules: Rules, key: str) -> None:
    invoice = await rules.put(draft_of(key))
    found = data_of(await editor.get("/search", params={"q": key}))
    assert (found["exact"], found["amounts"]) == (None, [])
    [group] = [each for each in found["groups"] if each["kind"] == "invoice"]
    assert (group["count"], group["hits"][0]["id"]) == (1, invoice.id)
    error_of(await editor.get("/search", params={"q": "."}), 400, "VALIDATION_ERROR")


def test_every_role_reads_every_kind_and_only_readable_kinds_are_searched() -> None:
    assert all(readable(role) == list(SearchKind) for role in Role)
