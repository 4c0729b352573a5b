"""The generator in Chromium: from the choice of a contract to its draft, and what reload and Back show on the way."""

from urllib.parse import urlencode

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from models.billing.period_state import PeriodState
from tests.http.browser.grids import cell, new_cell, paste
from tests.http.browser.visits import ALL_LOOKS, Desk, Visit
from tests.http.callers import Rules, draft_of

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}
SHEET = "iframe[name=sheet]"


def address(key: str, step: int = 2) -> str:
    return f"/generate?{urlencode({'application_key': key, 'period': '2026-02', 'step': step})}"


async def total(desk: Desk, shown: str) -> None:
    await expect(desk.page.locator(".figure-row.whole ins, .figure-row.whole dd").last).to_contain_text(shown)


async def review(desk: Desk) -> None:
    await desk.page.get_by_role("button", name="Review").click()
    await expect(desk.page.get_by_role("button", name="Generate draft")).to_be_visible()


async def test_a_year_that_is_typed_slowly_asks_for_no_other_year(rules: Rules, visit: Visit) -> None:
    """While 2026 is typed, the field has the years 2, 20 and 202 for a moment. They would be refused."""
    desk = await visit(Role.EDITOR)
    await desk.open("/generate")
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    for month in ("0002-02", "0020-02", "0202-02", "2026-02"):
        await desk.page.fill("#f-period", month)
    await desk.page.wait_for_url("**period=2026-02*")
    assert [each for each in asked if "period=0" in each] == []


async def test_from_a_contract_to_its_draft_by_keyboard(rules: Rules, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    keyboard = desk.page.keyboard
    await keyboard.press("g")
    await keyboard.press("c")
    await desk.page.wait_for_url("**/clients")
    await keyboard.press("n")
    await desk.page.wait_for_url("**/generate")
    await desk.page.fill("#f-period", "2026-02")
    await expect(desk.page.locator("table.choose a").first).to_have_attribute("href", address("APP-001"))
    await desk.page.fill("#f-search", "acme")
    await desk.page.wait_for_url("**search=acme*")
    await desk.page.locator("h1").click()
    await keyboard.press("j")
    await keyboard.press("Enter")
    await desk.page.wait_for_url("**step=2")
    await cell(desk, "line.L1.unit_price").fill("14 000 000,00")
    await total(desk, "14,825,000.00")
    await new_cell(desk, 1, "description").focus()
    await paste(desk, "Licence\t\t2\t100000.00\t1\nTraining\t\t1\t50000.00\t1")
    # 14,000,000 + 825,000 overtime + 2 x 100,000 + 50,000
    await total(desk, "15,075,000.00")
    await keyboard.press("Control+Enter")
    await desk.page.wait_for_url("**step=3")
    await expect(desk.page.frame_locator(SHEET).locator("body")).to_contain_text("Training")
    assert rules.made == []
    await desk.page.get_by_role("button", name="Generate draft").focus()
    await keyboard.press("Enter")
    await desk.page.wait_for_url("**/invoices/*?done=2")
    [draft] = rules.made
    assert str(draft.total) == "15075000.00"
    await expect(desk.page.locator("h1")).to_have_text("no number")


async def test_reload_and_back_keep_what_was_typed(rules: Rules, key: str, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    page = desk.page
    await desk.open(address(key))
    await cell(desk, "line.L1.unit_price").fill("14 000 000,00")
    await new_cell(desk, 1, "description").fill("Licence")
    await new_cell(desk, 1, "unit_price").fill("100000")
    await new_cell(desk, 1, "quantity").fill("1")
    await total(desk, "14,925,000.00")

    await page.reload()
    await expect(cell(desk, "line.L1.unit_price")).to_have_value("14 000 000,00")
    await total(desk, "14,925,000.00")

    await review(desk)
    await page.reload()
    await expect(page.locator(".differences")).to_contain_text("Licence")
    await expect(page.frame_locator(SHEET).locator("body")).to_contain_text("Licence")

    await page.go_back()
    await expect(cell(desk, "line.L1.unit_price")).to_have_value("14 000 000,00")
    await expect(new_cell(desk, 1, "description")).to_have_value("Licence")
    await total(desk, "14,925,000.00")
    await cell(desk, "line.L1.unit_price").fill("13 000 000,00")
    await total(desk, "13,925,000.00")

    await page.go_forward()
    await expect(page.locator(".differences")).to_contain_text("14000000.00")
    await page.get_by_role("button", name="Back").click()
    await expect(cell(desk, "line.L1.unit_price")).to_have_value("14 000 000,00")
    assert rules.made == []


async def test_a_double_click_makes_one_draft(rules: Rules, key: str, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    await desk.open(address(key, 3))
    await desk.page.get_by_role("button", name="Generate draft").dblclick()
    await desk.page.wait_for_url("**/invoices/*")
    assert len(rules.made) == 1
    await desk.page.go_back()
    await expect(desk.page.locator(".panel.info h2")).to_have_text("This period is invoiced already")


async def test_without_scripts_the_steps_are_forms(rules: Rules, key: str, visit: Visit) -> None:
    desk = await visit(Role.EDITOR, java_script_enabled=False)
    page = desk.page
    await page.goto(address(key))
    await page.fill("[name='line.L1.unit_price']", "14 000 000,00")
    await page.get_by_role("button", name="Compute the totals").click()
    await total(desk, "14,825,000.00")
    await page.get_by_role("button", name="Review").click()
    await page.get_by_role("button", name="Show the page").click()
    await expect(page.frame_locator(SHEET).locator("body")).to_contain_text("14 000 000,00")
    await page.get_by_role("button", name="Back").click()
    assert await page.input_value("[name='line.L1.unit_price']") == "14 000 000,00"
    await page.get_by_role("button", name="Review").click()
    await page.get_by_role("button", name="Generate draft").click()
    await page.wait_for_url("**/invoices/*?done=2")
    assert str(rules.made[0].total) == "14825000.00"


@pytest.mark.parametrize(("language", "theme"), ALL_LOOKS)
async def test_the_generator_and_the_clients_have_no_barrier(
    rules: Rules, key: str, visit: Visit, language: str, theme: str
) -> None:
    existing = await rules.put(draft_of(f"{key}-X"))
    desk = await visit(Role.EDITOR, locale=language, color_scheme=theme)
    found = {}
    for path in ("/clients", f"/clients?state={PeriodState.NONE}", "/generate", address(key), address(key, 3)):
        await desk.open(path)
        found[path] = await desk.violations()
    await desk.open(address(existing.content.subject_key))
    found["existing"] = await desk.violations()
    assert {path: each for path, each in found.items() if each} == {}


async def test_the_generator_fits_a_phone(rules: Rules, key: str, visit: Visit) -> None:
    del rules
    desk = await visit(Role.EDITOR, **PHONE)
    for path in ("/clients", "/generate", address(key), address(key, 3)):
        await desk.open(path)
        assert not await desk.is_wider_than_the_window(), path
