"""The pages of vendor bills: the list with its filters and sums, one bill, its lines, and the costs by month."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.matching import BillMatcher
from models.access.roles import Role
from models.bills.bill import Bill, BillStatus
from models.bills.cost_line import ChargeCategory
from models.bills.matching.ports import BillVersion
from models.bills.problem import Problem
from tests.fixtures.cloud_bills import bill_of, line, store, stored_bill, unique
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.pages.list_walk import assert_rows_lead_on

Visits = Callable[[Role], Visitor]
TAX = {"charge_category": ChargeCategory.TAX, "service_name": "Taxes"}


@pytest.fixture
def provider() -> str:
    return unique("provider")


@pytest.fixture
async def bill(engine: AsyncEngine, provider: str) -> Bill:
    """12.00 for a droplet in the project shop, 0.370000000001 for bandwidth, and 1.24 of tax."""
    lines = [
        line("7.00", "web (s-1vcpu)", service_name="Droplets", project_name="shop"),
        line("5.00", "web (s-1vcpu)", service_name="Droplets", project_name="shop"),
        line("0.370000000001", "Bandwidth overage", service_name="Bandwidth"),
        line("1.24", "GST", **TAX),
    ]
    made = await stored_bill(engine, lines, provider, number="480021342")
    await BillMatcher(engine).match(BillVersion(bill_id=made.id, version=1))
    return made


def listed(page: Page) -> list[str]:
    return [link.removeprefix("/bills/").partition("?")[0] for link in page.links("table.bills tbody td:first-child a")]


async def test_the_list_has_the_newest_period_first_and_its_pages_join(
    engine: AsyncEngine, visitor: Visits, provider: str
) -> None:
    made = []
    for number in range(52):
        first = date(2024 + number // 12, number % 12 + 1, 1)
        end = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        made.append((await stored_bill(engine, [line("1.00")], provider, first_day=first, end=end)).id)
    vera = visitor(Role.VIEWER)
    first_page = await vera.get(f"/bills?provider={provider}")
    assert listed(first_page) == made[::-1][:50]
    second = await vera.get(first_page.links("a[rel=next]")[0])
    assert listed(second) == made[::-1][50:]
    assert second.links("a[rel=next]") == []
    back = await vera.get(second.links("a[rel=first]")[0])
    assert listed(back) == listed(first_page)


async def test_the_page_of_a_bill_leads_on_in_its_list(engine: AsyncEngine, visitor: Visits, provider: str) -> None:
    for month in (1, 2, 3):
        days = {"first_day": date(2024, month, 1), "end": date(2024, month + 1, 1)}
        await stored_bill(engine, [line("1.00")], provider, **days)
    cells = "table.bills tbody td:first-child a"
    assert len(await assert_rows_lead_on(visitor(Role.VIEWER), f"/bills?provider={provider}", cells)) == 3


async def test_each_filter_is_said_and_can_be_removed_alone(visitor: Visits, bill: Bill, provider: str) -> None:
    query = f"provider={provider}&month=2026-04&status=issued&push_state=pending&adds_up=true&currency=USD&search=4800"
    page = await visitor(Role.VIEWER).get(f"/bills?{query}")
    assert listed(page) == [bill.id]
    chips = dict(zip(page.texts(".chips a.chip"), page.links(".chips a.chip"), strict=True))
    assert {"Month: Apr 2026", "Status: Issued", "Finance: to be pushed", "Adds up: yes"} <= set(chips)
    assert "status" not in parse_qs(urlsplit(chips["Status: Issued"]).query)
    assert "month" in parse_qs(urlsplit(chips["Status: Issued"]).query)


async def test_the_sums_are_of_all_matches_by_currency_and_a_file_has_the_same_rows(
    engine: AsyncEngine, visitor: Visits, bill: Bill, provider: str
) -> None:
    """13.610000000001 and 1.005 gross: in minor units 13.61 and 1.01, so 14.62 together."""
    await stored_bill(engine, [line("1.005")], provider)
    page = await visitor(Role.VIEWER).get(f"/bills?provider={provider}")
    amounts = [Decimal(each.attributes["value"] or "") for each in page.all("tfoot tr data")]
    assert amounts == [Decimal("13.38"), Decimal("1.24"), Decimal("14.62")]
    assert page.texts("tfoot .total-label") == ["2 bills"]
    address = next(link for link in page.links("a[download]") if ".csv" in link)
    lines = (await visitor(Role.VIEWER).get(address)).response.text.splitlines()
    assert len(lines) == 3


@pytest.mark.parametrize("query", ["month=2026-13", "status=paid", "cursor=abc", "currency=dollars"])
async def test_a_filter_that_cannot_be_read_says_so_and_lists_nothing(visitor: Visits, bill: Bill, query: str) -> None:
    page = await visitor(Role.VIEWER).get(f"/bills?{query}")
    assert page.status == 400
    name = query.partition("=")[0]
    assert page.all(f"[role=alert] a[href='#f-{name}']") != []
    assert listed(page) == []


async def test_nothing_matches(visitor: Visits, bill: Bill) -> None:
    page = await visitor(Role.VIEWER).get(f"/bills?search={uuid4().hex}")
    assert "Nothing matches" in page.text


async def test_a_bill_shows_its_sums_its_tax_and_to_whom_it_goes(visitor: Visits, bill: Bill) -> None:
    page = await visitor(Role.VIEWER).get(f"/bills/{bill.id}")
    assert page.texts("h1") == ["480021342"]
    sums = {row.css_first("th").text(): row.css("data")[-1].attributes["value"] for row in page.all("#groups tbody tr")}  # type: ignore[union-attr]
    assert sums == {"Droplets": "12.00", "Taxes": "1.24", "Bandwidth": "0.37"}
    totals = page.texts("section[aria-labelledby=totals-title] tbody tr")
    assert totals[:3] == ["Net 12.37", "Tax 1.24", "Gross , USD 13.61"]
    assert "Exact sum of the lines 13.610000000001" in totals
    assert "Not allocated 12.37" in page.texts("section[aria-labelledby=allocation-title] tbody tr")[0]
    assert "2 unmatched resources" in page.text
    assert "to be pushed" in page.texts("#push .pill")
    assert page.all("#push[hx-trigger='every 3s']") != []


@pytest.mark.parametrize(
    ("by", "names"), [("project", ["shop", "without"]), ("category", ["Usage", "Tax"]), ("nonsense", ["Droplets"])]
)
async def test_the_sums_by_another_field_lead_to_their_lines(
    visitor: Visits, bill: Bill, by: str, names: list[str]
) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/bills/{bill.id}?by={by}")
    assert page.texts("#groups tbody th")[: len(names)] == names
    lines = await vera.get(page.links("#groups tbody th a")[0])
    assert len(lines.all("table.bill-lines tbody tr")) in (2, 3)
    fragment = await vera.get(f"/bills/{bill.id}/summary?by={by}")
    assert fragment.texts("#groups tbody th") == page.texts("#groups tbody th")


async def test_an_allocation_leads_to_its_lines(visitor: Visits, bill: Bill) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/bills/{bill.id}")
    link = next(each for each in page.links("details a") if "/allocations/" in each)
    lines = await vera.get(link)
    assert len(lines.all("main tbody tr")) in (1, 2)
    assert (await vera.get(f"/bills/{bill.id}/allocations/99")).status == 404


async def test_what_does_not_fit_names_its_row_and_leads_to_it(
    engine: AsyncEngine, visitor: Visits, provider: str
) -> None:
    problem = Problem(
        code="cost_unusable", message="has no cost", row=2, column="cost", value="?", contradicts_total=True
    )
    made = await stored_bill(engine, [line("1.00", "a"), line("2.00", "b")], provider, problems=(problem,))
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/bills/{made.id}")
    assert "Row 2 , cost : has no cost ( ? ) Contradicts the total." in page.texts(".panel.danger li")[0]
    assert "does not add up" in page.text
    lines = await vera.get(page.links(".panel.danger li a")[0])
    assert [each.partition(" ")[0] for each in lines.texts("table.bill-lines tbody tr")] == ["2"]


async def test_a_version_shows_what_it_changed(engine: AsyncEngine, visitor: Visits, provider: str) -> None:
    before = await stored_bill(engine, [line("1.00", "a")], provider)
    after = bill_of([line("3.00", "a")], provider, id=before.id, key=before.key, version=2, status=BillStatus.ISSUED)
    await store(engine, after, [line("3.00", "a")])
    diff = (
        '{"from_version": 1, "to_version": 2, "net": {"before": "1.00", "after": "3.00"}, "tax": {"before": "0", '
        '"after": "0"}, "gross": {"before": "1.00", "after": "3.00"}, "lines_before": 1, "lines_after": 1, '
        '"fields": ["number"], "counts": {"changed": 1}, "lines": [{"change": "changed", "line_key": "k", '
        '"description": "a", "before": "1.00", "after": "3.00"}]}'
    )
    async with engine.begin() as connection:
        statement = "UPDATE vendor_bill_versions SET diff = CAST(:diff AS jsonb) WHERE bill_id = :id AND version = 2"
        await connection.execute(text(statement), {"diff": diff, "id": before.id})
    page = await visitor(Role.VIEWER).get(f"/bills/{before.id}")
    versions = page.texts("section[aria-labelledby=versions-title] .effect")
    assert versions[0].startswith("Version 2")
    assert "changed a 1.00 3.00" in versions[0]
    assert "Fields Number" in versions[0]
    old = await visitor(Role.VIEWER).get(f"/bills/{before.id}/lines?version=1")
    assert "1.00" in old.texts("table.bill-lines tbody tr")[0]
    assert (await visitor(Role.VIEWER).get(f"/bills/{before.id}/lines?version=3")).status == 400


async def test_lines_are_filtered_and_paged(engine: AsyncEngine, visitor: Visits, provider: str) -> None:
    lines = [line("1.00", f"line {number}", service_name=f"s{number % 2}") for number in range(205)]
    made = await stored_bill(engine, lines, provider)
    vera, base = visitor(Role.VIEWER), f"/bills/{made.id}/lines"

    def rows(page: Page) -> list[str]:
        return page.texts("table.bill-lines tbody td:first-child")

    page = await vera.get(base)
    seen = rows(page)
    while following := page.links("a[rel=next]"):
        page = await vera.get(following[0])
        seen += rows(page)
    assert seen == [str(number) for number in range(1, 206)]
    assert rows(await vera.get(f"{base}?from=204")) == ["204", "205"]
    assert rows(await vera.get(f"{base}?service=s1&from=200")) == ["200", "202", "204"]
    assert rows(await vera.get(f"{base}?search=LINE+17"))[:2] == ["18", "171"]
    assert (await vera.get(f"{base}?from=zero")).status == 400
    assert "No line matches" in (await vera.get(f"{base}?service=none")).text
    text_file = await vera.get(f"{base}.csv?service=s1")
    assert len(text_file.response.text.splitlines()) == 103


async def test_an_unknown_bill(visitor: Visits) -> None:
    for path in (str(uuid4()), f"{uuid4()}/lines", f"{uuid4()}/push"):
        assert (await visitor(Role.MANAGER).get(f"/bills/{path}")).status == 404


async def test_a_viewer_has_no_commands(visitor: Visits, bill: Bill) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/bills/{bill.id}")
    assert page.all("a[data-command]") == []
    for command in ("push", "match", "read-again"):
        path = f"/bills/{bill.id}/{command}"
        assert (await vera.get(path)).status == 403
        assert (await vera.post(path, {"key": "k"})).status == 403
    assert (await visitor(Role.EDITOR).get(f"/bills/{bill.id}/push?forced=true")).status == 403


async def test_a_bill_is_matched_again(visitor: Visits, bill: Bill) -> None:
    editor, path = visitor(Role.EDITOR), f"/bills/{bill.id}/match"
    form = (await editor.get(path)).fields()
    answer = await editor.post(path, form)
    assert (answer.status, answer.response.headers["Location"]) == (303, f"/bills/{bill.id}?asked=match")
    assert (await editor.post(path, {})).status == 404, "a form needs its key"


async def test_without_temporal_a_push_is_not_lost_and_the_page_stays(visitor: Visits, bill: Bill) -> None:
    editor, path = visitor(Role.EDITOR), f"/bills/{bill.id}/push"
    page = await editor.post(path, (await editor.get(path)).fields())
    assert page.status == 503
    assert "Reading works, changing does not" in page.text
    assert (await editor.get(f"/bills/{bill.id}")).status == 200


async def test_wrong_hints_are_shown_at_their_fields(visitor: Visits, bill: Bill) -> None:
    editor, path = visitor(Role.EDITOR), f"/bills/{bill.id}/read-again"
    fields = {**(await editor.get(path)).fields(), "month": "2026-13", "tax_total": "1.234", "number": "77"}
    page = await editor.post(path, fields)
    assert page.status == 400
    assert page.links("[role=alert] a") == ["#f-tax_total"]
    page = await editor.post(path, {**page.fields(), "tax_total": "1,23"})
    assert page.links("[role=alert] a") == ["#f-month"]
    assert page.fields()["number"] == "77"


async def test_costs_by_month_have_a_chart_and_its_numbers(visitor: Visits, bill: Bill, provider: str) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/bills/months?provider={provider}&until=2026-04&months=3")
    assert len(page.all("svg.stacked rect")) == 1
    assert page.texts("table.months tbody tr") == [f"{provider} — — 12.37 + 12.37"]
    assert "Apr 2026, " in page.texts("svg.stacked title")[0]
    service = await vera.get(page.links("table.months tbody th a")[0])
    assert sorted(service.texts("table.months tbody th")) == ["Bandwidth", "Droplets"]
    bills = await vera.get(page.links("table.months tbody td a")[0])
    assert listed(bills) == [bill.id]
    assert (await vera.get("/bills/months?until=soon")).status == 400


async def test_russian(visitor: Visits, bill: Bill) -> None:
    page = await visitor(Role.VIEWER).speaking("ru").get(f"/bills/{bill.id}")
    assert "13,61" in page.text
    assert "Итоги" in page.text
