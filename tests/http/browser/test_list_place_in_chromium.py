"""Through a filtered list by keyboard: next, previous, a command in between, and Back."""

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from tests.http.browser.visits import Visit
from tests.http.callers import Rules, draft_of

pytestmark = pytest.mark.browser


async def test_brackets_go_through_the_list(rules: Rules, key: str, visit: Visit) -> None:
    for letter in "ABC":
        await rules.put(draft_of(f"{key}-{letter}"))
    desk = await visit(Role.MANAGER)
    await desk.open(f"/invoices?q={key}&sort=created_at")
    rows = desk.page.locator("table.registry tbody a")
    links = [await row.get_attribute("href") for row in await rows.all()]
    keys = desk.page.keyboard
    await rows.first.click()
    await desk.page.wait_for_url(f"**{links[0]}")
    assert await desk.violations() == []
    await keys.press("]")
    await desk.page.wait_for_url(f"**{links[1]}")
    await desk.page.locator("details.menu summary", has_text="More").click()
    await desk.page.get_by_role("link", name="Hold").click()
    await desk.page.locator("#command-dialog [name=reason]").fill("the client asked")
    await keys.press("Control+Enter")
    await expect(desk.page.locator(".panel.done")).to_contain_text("Put on hold")
    await keys.press("]")
    await desk.page.wait_for_url(f"**{links[2]}")
    await keys.press("[")
    await desk.page.wait_for_url(f"**{links[1]}")
    await desk.page.get_by_role("link", name="← Invoices").click()
    await expect(desk.page.locator(".chips")).to_contain_text(key)
