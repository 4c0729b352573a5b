"""The editor of a document's HTML in Chromium: the preview follows what is typed, and Back leads to where one was."""

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from models.invoice.invoice import Invoice
from tests.http.browser.visits import Visit
from tests.http.callers import Rules, draft_of

pytestmark = pytest.mark.browser


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


async def test_the_preview_follows_what_is_typed(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    await desk.open(f"/invoices/{draft.id}/html")
    steps = await desk.page.evaluate("history.length")
    area, frame = desk.page.locator("#f-html_override"), desk.page.frame_locator("iframe.sheet >> nth=-1")
    await expect(frame.get_by_text("PROJ-456: Implement user dashboard")).to_be_visible()
    await area.fill("<h1>Agreement</h1><p>1,00</p>")
    await expect(frame.get_by_role("heading", name="Agreement")).to_be_visible()
    await area.fill("<h1>Contract</h1><script>document.title = 'x'</script>")
    await expect(frame.get_by_role("heading", name="Contract")).to_be_visible()
    await expect(desk.page.locator("#objections")).to_contain_text("<script> is not allowed")
    assert await desk.violations() == []
    assert await desk.page.evaluate("history.length") == steps
    await expect(desk.page.locator("iframe.sheet")).to_have_count(1)
    await area.fill("<h1>Contract</h1>")
    await expect(desk.page.locator("#objections li")).to_have_count(0)
    await desk.page.keyboard.press("Control+s")
    await desk.page.wait_for_url("**?done=*")
    assert rules.invoices[draft.workflow_id].content.html_override == "<h1>Contract</h1>"


async def test_without_scripts_a_button_shows_the_preview(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR, java_script_enabled=False)
    await desk.page.goto(f"/invoices/{draft.id}/html")
    await desk.page.fill("#f-html_override", "<h1>Agreement</h1>")
    await desk.page.get_by_role("button", name="Preview").click()
    frame = desk.page.frame_locator("iframe.sheet")
    await expect(frame.get_by_role("heading", name="Agreement")).to_be_visible()
    await desk.page.get_by_role("button", name="Save").first.click()
    await desk.page.wait_for_url("**?done=*")
    assert rules.invoices[draft.workflow_id].content.html_override == "<h1>Agreement</h1>"
