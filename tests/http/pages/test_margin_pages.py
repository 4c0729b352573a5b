"""The margin explorer: what it shows and to whom, its links, its filters, and its files."""

import csv
import io
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from activities.invoice.projection import InvoiceProjection
from models.access.roles import Role
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import Visitor
from tests.http.quotes.margin_data import Invoiced, invoiced, known_work, records_of
from tests.http.settings.set_settings import ANY


@pytest.fixture
async def made(key: str, records: InvoiceProjection, manager: Caller, monkeypatch: pytest.MonkeyPatch) -> Invoiced:
    """420.00 of revenue, 198.70 of cost, 221.30 of margin: 52.69 %."""
    known_work(monkeypatch, records_of(key))
    return await invoiced(key, records, manager)


@pytest.fixture
def marat(visitor: Callable[[Role], Visitor]) -> Visitor:
    return visitor(Role.MANAGER)


def address(made: Invoiced, path: str = "/margins", **more: str) -> str:
    given = made.filters | more
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in given.items())}"


async def test_a_row_has_the_figures_and_leads_to_its_invoices(marat: Visitor, made: Invoiced) -> None:
    page = await marat.get(address(made))
    assert page.status == 200
    [row] = page.texts("table.margins tbody tr")
    assert row == "Acme Support 14.00 420.00 198.70 0.00 221.30 52.69 USD 30.00"
    [link] = page.links("table.margins tbody a")
    assert parse_qs(urlsplit(link).query) == {
        "period_from": ["2026-02"],
        "period_to": ["2026-02"],
        "application_key": [made.key],
        "group_by": ["invoice"],
    }
    invoices = await marat.get(link)
    [worklogs] = invoices.links("table.margins tbody a")
    assert urlsplit(worklogs).path == "/margins/worklogs"
    lines = (await marat.get(worklogs)).texts("table.margin-worklogs tbody tr")
    assert len(lines) == 2
    assert "10 × 1979.20 / 160 = 123.70" in lines[0]


async def test_the_worklogs_lead_to_the_invoice(marat: Visitor, made: Invoiced) -> None:
    page = await marat.get(address(made, "/margins/worklogs"))
    assert set(page.links("table.margin-worklogs tbody a")) == {f"/invoices/{made.invoice_id}"}
    assert "420.00" in page.text
    assert "221.30" in page.text


async def test_a_margin_below_the_floor_is_marked(marat: Visitor, manager: Caller, made: Invoiced) -> None:
    assert (await marat.get(address(made))).all("table.margins tbody .pill.blocked") == []
    targets = {"floor_percent": "60", "target_percent": "60"}
    data_of(await manager.put("/settings/margin-targets", targets, headers=ANY))
    try:
        assert (await marat.get(address(made))).texts("table.margins tbody .pill.blocked") == ["52.69 below the floor"]
    finally:
        data_of(await manager.put("/settings/margin-targets", {}, headers=ANY))


async def test_a_contract_below_the_target_shows_what_would_reach_it(marat: Visitor, made: Invoiced) -> None:
    page = await marat.get(address(made, "/margins/flags", target_percent="60"))
    assert page.texts(".flag tbody tr") == ["Hourly rate 30.00 35.49 298.16 60.01"]
    assert "76.75" in page.text
    assert "No contract is below" in (await marat.get(address(made, "/margins/flags", target_percent="50"))).text


async def test_what_is_missing_is_named(
    key: str, records: InvoiceProjection, manager: Caller, marat: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_work(monkeypatch, records_of(key))
    made = await invoiced(key, records, manager, rates=False)
    page = await marat.get(address(made))
    assert f"Aziz ({key}-a) has no cost rate on 2026-02-02" in page.text
    assert "not known" in page.texts("table.margins tbody tr")[0]


async def test_a_filter_that_cannot_be_read_has_a_message(marat: Visitor, made: Invoiced) -> None:
    page = await marat.get("/margins?period_from=2026-03&period_to=2026-02")
    assert page.status == 400
    assert "must not be before period_from" in page.text
    other = await marat.get(address(made, currency="MYR"))
    assert other.status == 400
    assert "there is no exchange rate between USD and MYR" in other.text


async def test_an_empty_month_says_what_to_do(marat: Visitor, made: Invoiced) -> None:
    page = await marat.get(f"/margins?application_key={made.key}&period_from=2026-03")
    assert page.texts(".empty h2") == ["Nothing matches"]


async def test_the_files_repeat_the_filters(marat: Visitor, made: Invoiced) -> None:
    page = await marat.get(address(made, group_by="employee"))
    files = page.links(".menu-body a[download]")
    assert len(files) == 2
    text = (await marat.get(next(each for each in files if ".csv" in each))).response.text
    assert [(row["name"], row["net_margin"]) for row in csv.DictReader(io.StringIO(text))] == [
        ("Aziz", "176.30"),
        ("Bek", "45.00"),
    ]


async def test_russian(marat: Visitor, made: Invoiced) -> None:
    page = await marat.speaking("ru").get(address(made))
    assert page.texts("h1") == ["Маржа"]
    assert page.texts("table.margins tbody tr") == ["Acme Support 14,00 420,00 198,70 0,00 221,30 52,69 USD 30,00"]


@pytest.mark.parametrize("path", ["/margins", "/margins/worklogs", "/margins/flags", "/margins.csv", "/margins.xlsx"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_who_does_not_see_costs_may_not_open_them(
    visitor: Callable[[Role], Visitor], made: Invoiced, role: Role, path: str
) -> None:
    page = await visitor(role).get(address(made, path))
    assert page.status == 403
    assert "221.30" not in page.response.text


async def test_the_entry_of_the_navigation_is_for_those_who_see_costs(
    visitor: Callable[[Role], Visitor], admin: Caller
) -> None:
    async def entries(role: Role) -> set[str]:
        return set((await visitor(role).get("/me")).links("nav.side a"))

    assert "/margins" in await entries(Role.MANAGER)
    assert "/margins" not in await entries(Role.EDITOR)
    assert "/calculator" in await entries(Role.VIEWER)
    data_of(await admin.put("/settings/cost-access", {"least_role": "admin"}, headers=ANY))
    try:
        assert "/margins" not in await entries(Role.MANAGER)
    finally:
        data_of(await admin.put("/settings/cost-access", {"least_role": "manager"}, headers=ANY))
