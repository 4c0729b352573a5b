"""A session that ends while a form is open, in Chromium: nothing that was typed is lost."""

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from models.invoice.commands import Discard
from models.invoice.invoice import Invoice
from tests.http.browser.visits import Visit
from tests.http.callers import NAMES, PASSWORD, Rules, draft_of

pytestmark = pytest.mark.browser


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


@pytest.mark.parametrize("with_scripts", [True, False])
async def test_a_form_is_sent_after_signing_in_again(
    rules: Rules, draft: Invoice, visit: Visit, with_scripts: bool
) -> None:
    desk = await visit(Role.EDITOR, java_script_enabled=with_scripts)
    page = desk.page
    await page.goto(f"/invoices/{draft.id}/commands/discard")
    await page.fill("[name=reason]", "made by mistake,\nin two lines")
    await page.context.clear_cookies()
    await page.get_by_role("button", name="Discard").click()
    await expect(page.locator("h1")).to_have_text("Sign in again")
    desk.complaints.clear()  # Chromium reports the answer 401
    if with_scripts:
        assert await desk.violations() == []
    await page.fill("#username", NAMES[Role.EDITOR])
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="Sign in and send").click()
    if not with_scripts:
        await page.get_by_role("button", name="Send it now").click()
    await page.wait_for_url(f"**/invoices/{draft.id}?done=*")
    given = [command for command, _ in rules.sent if isinstance(command, Discard)]
    assert [command.reason for command in given] == ["made by mistake,\nin two lines"]


async def test_a_part_that_asks_again_leaves_what_is_typed_and_says_so(draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    await desk.open("/invoices")
    await desk.page.context.clear_cookies()
    await desk.page.fill("#f-q", "acme")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.locator("#session-ended")).to_be_visible()
    await expect(desk.page.locator("#f-q")).to_have_value("acme")
    await desk.page.goto("about:blank")  # ends what the page still asks
    desk.expect_complaint("401")
