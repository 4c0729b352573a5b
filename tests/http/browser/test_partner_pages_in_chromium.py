"""The pages of partners in Chromium: no barriers in both themes and languages, the phone, the queue, the keyboard."""

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from tests.http.browser.visits import LOOKS, Visit
from tests.http.callers import Caller, Rules
from tests.http.pages.partner_data import made_partner, received

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture
async def partner(callers: dict[Role, Caller]) -> str:
    """A partner with a ready order, one that is kept back, and a very long name."""
    long_name = "Syarikat Telekomunikasi " + "Antarabangsa " * 8
    key = await made_partner(callers[Role.MANAGER], callers[Role.ADMIN], name=long_name, invoice_format="batch")
    await received(callers[Role.EDITOR], key, 1)
    await received(callers[Role.EDITOR], key, 2, materials_logged=False, building_name="Menara " + "Seri " * 30)
    return key


def pages_of(partner: str) -> list[str]:
    return [
        "/orders",
        f"/orders?partner_key={partner}&status=Cancelled",
        f"/orders/{partner}-2",
        f"/orders/{partner}-1/commands/reject_docket",
        f"/orders/{partner}-1/materials",
        f"/orders/ready?partner_key={partner}",
        f"/orders/invoice?partner_key={partner}&order_key={partner}-1&order_key={partner}-2",
        "/orders/batches",
        "/orders/import",
        "/partners",
        f"/partners/{partner}",
        f"/partners/{partner}/edit",
        "/rate-cards",
        f"/rate-cards/{partner}.activation.FTTH.any.MYR.2026-01-01",
        f"/rate-cards/explain?partner={partner}&order_type=activation&category=FTTH&on=2026-02-26",
        "/partners/finance",
        "/partners/reports",
    ]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_no_page_has_a_barrier(partner: str, visit: Visit, language: str, theme: str) -> None:
    """axe with the rules of WCAG 2.2 AA."""
    desk = await visit(Role.ADMIN, locale=language, color_scheme=theme)
    found = {}
    for path in pages_of(partner):
        await desk.open(path)
        found[path] = await desk.violations()
    assert {path: each for path, each in found.items() if each} == {}


async def test_no_page_is_wider_than_a_phone(partner: str, visit: Visit) -> None:
    desk = await visit(Role.ADMIN, locale="ru-RU", **PHONE)
    wide = []
    for path in pages_of(partner):
        await desk.open(path)
        if await desk.is_wider_than_the_window():
            wide.append(path)
    assert wide == []


async def test_the_queue_is_chosen_and_generated_once(
    rules: Rules, callers: dict[Role, Caller], partner: str, visit: Visit
) -> None:
    await received(callers[Role.EDITOR], partner, 3)
    desk = await visit(Role.EDITOR)
    keyboard = desk.page.keyboard
    await keyboard.press("g")
    await keyboard.press("q")
    await desk.page.wait_for_url("**/orders/ready")
    await desk.open(f"/orders/ready?partner_key={partner}")
    build = desk.page.get_by_role("button", name="Build an invoice")
    await expect(build).to_be_disabled()
    await desk.page.get_by_role("button", name="All", exact=True).click()
    await expect(build).to_have_text("Build an invoice (2)")
    await build.click()
    await expect(desk.page.locator("tfoot")).to_contain_text("290.00")
    await desk.page.get_by_role("button", name="Generate Invoice").dblclick()
    await desk.page.wait_for_url("**/invoices/*?done=1")
    await desk.page.reload()
    assert len(rules.made) == 1


async def test_without_scripts_an_order_is_worked_on(callers: dict[Role, Caller], partner: str, visit: Visit) -> None:
    desk = await visit(Role.EDITOR, java_script_enabled=False)
    await desk.page.goto(f"/orders/{partner}-1/commands/open_blocker")
    await desk.page.fill("[name=reason]", "no power")
    await desk.page.fill("[name=at]", "2026-02-26T12:00")
    await desk.page.get_by_role("button", name="Open a blocker").click()
    await desk.page.wait_for_url("**?done=*")
    await expect(desk.page.locator(".checklist .missing")).to_contain_text("no power")


async def test_paper_has_the_figures_and_no_controls(partner: str, visit: Visit) -> None:
    del partner
    desk = await visit(Role.VIEWER, color_scheme="dark")
    await desk.open("/partners/finance")
    await desk.page.emulate_media(media="print")
    await expect(desk.page.locator("form.filters")).to_be_hidden()
    await expect(desk.page.locator("h1")).to_be_visible()
