"""The calculator and the margins in Chromium: computing while one types, reload, a phone, barriers, scripts off."""

from urllib.parse import urlencode

import pytest
from playwright.async_api import expect

from activities.invoice.projection import InvoiceProjection
from models.access.roles import Role
from tests.http.browser.visits import ALL_LOOKS, Visit
from tests.http.quotes.margin_data import known_work, project_issued, records_of

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("many_rows")]
PHONE = {"viewport": {"width": 390, "height": 844}}
DEAL = "/calculator?" + urlencode(
    {
        "a.name": "A very long name of an offer that does not fit into the column of a table at all",
        "a.currency": "USD",
        "a.hourly_rate": "90",
        "a.standard": "100",
        "a.cost.0.name": "licence",
        "a.cost.0.amount": "12000",
        "b.hourly_rate": "much",
    }
)


@pytest.fixture
async def margins(key: str, records: InvoiceProjection, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the margins of a contract whose people have no cost rates."""
    known_work(monkeypatch, records_of(key))
    await project_issued(records, key, records_of(key))
    return f"period_from=2026-02&application_key={key}"


async def test_results_follow_what_is_typed_and_survive_a_reload(visit: Visit) -> None:
    desk = await visit(Role.MANAGER)
    await desk.open("/calculator")
    revenue = desk.page.locator("table.results tr", has_text="Revenue of the term")
    await desk.page.fill("input[name='a.hourly_rate']", "90")
    await desk.page.fill("input[name='a.standard']", "100")
    await expect(revenue).to_contain_text("9,000.00")
    assert await desk.page.evaluate("document.activeElement.name") == "a.standard"
    assert "a.hourly_rate=90" in desk.page.url
    await desk.page.reload()
    await expect(revenue).to_contain_text("9,000.00")
    await desk.page.get_by_role("button", name="Add a scenario").click()
    await expect(desk.page.locator("input[name='b.hourly_rate']")).to_have_value("90")
    await desk.page.fill("input[name='b.hourly_rate']", "100")
    await expect(revenue).to_contain_text("+1,000.00")


async def test_without_scripts_a_button_computes(visit: Visit) -> None:
    desk = await visit(Role.VIEWER, java_script_enabled=False)
    await desk.open("/calculator")
    await desk.page.fill("input[name='a.hourly_rate']", "90")
    await desk.page.fill("input[name='a.standard']", "100")
    await desk.page.get_by_role("button", name="Compute").click()
    await expect(desk.page.locator("table.results")).to_contain_text("9,000.00")


@pytest.mark.parametrize(("language", "theme"), ALL_LOOKS)
async def test_no_page_has_a_barrier(visit: Visit, margins: str, theme: str, language: str) -> None:
    desk = await visit(Role.MANAGER, color_scheme=theme, locale=language)
    paths = ["/calculator", DEAL, "/calculations"]
    paths += [f"/margins{part}?{margins}" for part in ("", "/worklogs", "/flags")]
    found = {}
    for path in paths:
        await desk.open(path)
        found[path] = await desk.violations()
    assert {path: each for path, each in found.items() if each} == {}


async def test_no_page_is_wider_than_a_phone(visit: Visit, margins: str) -> None:
    desk = await visit(Role.MANAGER, **PHONE)
    for path in ("/calculator", DEAL, "/calculations", f"/margins?{margins}", f"/margins/worklogs?{margins}"):
        await desk.open(path)
        assert not await desk.is_wider_than_the_window(), path
