"""The page of the payments: rows with their invoices, filters, sums, who may take one back, and the way back."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from models.access.roles import Role
from models.invoice.invoice import Invoice
from tests.http.accounting.paid_invoices import stored
from tests.http.callers import Rules
from tests.http.pages.desk_visits import Page, Visitor

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def invoices(rules: Rules) -> dict[str, Invoice]:
    return await stored(rules, "PAGE")


def cells(page: Page, name: str) -> list[str]:
    return page.texts(f"table.payments tbody .at-{name}")


async def test_without_payments_the_page_says_where_they_come_from(visitor: Visits) -> None:
    """The first test of the module: nothing has been stored yet."""
    page = await visitor(Role.EDITOR).get("/payments")
    assert "No payment has been recorded yet" in page.text
    assert "/open-items?view=invoices" in page.links("main a")


async def test_each_payment_leads_to_its_invoice(visitor: Visits, invoices: dict[str, Invoice]) -> None:
    page = await visitor(Role.VIEWER).get("/payments")
    assert cells(page, "day") == ["27 Feb 2026", "25 Feb 2026", "25 Feb 2026", "20 Feb 2026"]
    assert set(page.links("tbody .at-number a")) == {
        f"/invoices/{invoices[name].id}" for name in ("first", "over", "dollars")
    }
    [over] = [text for text in cells(page, "reference") if "платёж 88" in text]
    assert "surplus 175,000.00" in over  # 16,000,000 for 15,825,000
    [back] = [text for text in cells(page, "reference") if "doc 4712" in text]
    assert "taken back marat" in back
    assert "booked twice" in back
    sums = [" ".join(row.text(separator=" ").split()) for row in page.all("tfoot tr")]
    assert sums == ["1 payment 1,000,000.00 USD", "2 payments, 1 taken back 17,000,000.00 UZS"]
    assert "175,000.00 UZS" in page.text
    assert "/invoices?has_credit=true&currency=UZS" in page.links("main p a")


@pytest.mark.usefixtures("invoices")
async def test_filters_are_said_and_what_matches_is_summed(visitor: Visits) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get("/payments?currency=UZS&paid_from=2026-02-25&reversed=false")
    assert page.texts(".chips a.chip") == ["Paid from: 25 Feb 2026", "Currency: UZS", "Taken back: no"]
    assert [text.split(" surplus")[0] for text in cells(page, "reference")] == ["платёж 88"]
    files = [parse_qs(urlsplit(link).query) for link in page.links(".head a[download]")]
    assert files == [{"currency": ["UZS"], "paid_from": ["2026-02-25"], "reversed": ["false"]}] * 2
    for link in page.links(".head a[download]"):
        assert (await vera.get(link)).status == 200


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize("typed", ["1000000", "1 000 000,00", "1,000,000.00"])
async def test_a_searched_amount_offers_the_payments_of_that_amount(visitor: Visits, typed: str) -> None:
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/payments?q={typed}")
    assert "2 payments" in page.texts(".offer")[0]
    exact = await vera.get(page.links(".offer a")[0])
    assert sorted(cells(exact, "reference")) == ["Doc 4711 of Acme", "wire 9"]
    assert exact.texts(".chips a.chip") == ["Amount is: 1,000,000.00"]


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize(
    ("query", "field"),
    [("min_amount=12.345", "min_amount"), ("paid_to=soon", "paid_to"), ("cursor=abc", "cursor"), ("kind=x", "kind")],
)
async def test_a_filter_that_cannot_be_read_says_so(visitor: Visits, query: str, field: str) -> None:
    page = await visitor(Role.VIEWER).get(f"/payments?{query}")
    assert page.status == 400
    assert page.links("[role=alert] li a") == [f"#f-{field}"]
    assert page.all("table.payments") == []


@pytest.mark.usefixtures("invoices")
async def test_what_may_be_done_depends_on_the_role(visitor: Visits) -> None:
    commands = {
        role: {urlsplit(link).path.rpartition("/")[2] for link in page.links("a[data-command]")}
        for role in Role
        for page in [await visitor(role).get("/payments")]
    }
    assert commands == {
        Role.VIEWER: set(),
        Role.EDITOR: {"write_off"},
        Role.MANAGER: {"reverse_payment", "write_off"},
        Role.ADMIN: {"reverse_payment", "write_off"},
    }


async def test_a_payment_is_taken_back_and_the_list_says_it(
    visitor: Visits, rules: Rules, invoices: dict[str, Invoice]
) -> None:
    marat = visitor(Role.MANAGER)
    page = await marat.get("/payments?currency=USD")
    form = await marat.get(page.links("a[data-command]")[0])
    typed = {**form.fields(), "reason": "wrong client"}
    answer = await marat.post(f"/invoices/{invoices['dollars'].id}/commands/reverse_payment", typed)
    location = answer.response.headers["Location"]
    assert parse_qs(urlsplit(location).query) == {"currency": ["USD"], "done": [invoices["dollars"].id]}
    after = await marat.get(location)
    assert "Payment taken back" in after.texts(".panel.done")[0]
    assert "15,825,000.00" in after.texts(".panel.done")[0]
    assert "taken back" in cells(after, "reference")[0]
    [payment] = rules.invoices[invoices["dollars"].workflow_id].payments
    assert payment.reversed is not None
