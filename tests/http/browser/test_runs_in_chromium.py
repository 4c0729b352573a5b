"""Billing runs in Chromium: the start of one, its progress until the end, and again for the refused contracts."""

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from tests.http.browser.visits import ALL_LOOKS, Visit
from tests.http.callers import Rules
from tests.http.pages.test_run_pages import RUN, run
from workflows.client.billing_runs import RunState

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}


async def test_a_run_with_its_progress(rules: Rules, visit: Visit) -> None:
    rules.runs = [run(RunState.RUNNING, remaining=8), run(RunState.RUNNING, remaining=3, created=7), run(created=10)]
    desk = await visit(Role.EDITOR)
    page = desk.page
    await page.keyboard.press("g")
    await page.keyboard.press("n")
    await page.wait_for_url("**/runs")
    await page.fill("#f-period", "2026-02")
    await page.get_by_role("button", name="Draft all active contracts").click()
    await page.wait_for_url(f"**/runs/{RUN}")
    await expect(page.locator("#run .pill").first).to_have_text("running")
    await expect(page.locator("#run .pill").first).to_have_text("completed", timeout=15_000)
    await expect(page.locator("#run")).to_contain_text("12 of 12 contracts")
    assert await page.locator("#run[hx-trigger]").count() == 0
    await page.get_by_role("button", name="Run again for those without a draft").click()
    await page.wait_for_url(f"**/runs/{RUN}.*")
    desk.expect_complaint("404")  # the stand-in does not keep what it starts
    assert [start.application_keys for start in rules.started] == [None, ("APP-900",)]


@pytest.mark.parametrize(("language", "theme"), ALL_LOOKS)
async def test_runs_have_no_barrier(rules: Rules, visit: Visit, language: str, theme: str) -> None:
    desk = await visit(Role.EDITOR, locale=language, color_scheme=theme)
    found = {}
    await desk.open("/runs")
    found["no run"] = await desk.violations()
    rules.runs = [run(RunState.RUNNING, remaining=8)]
    for path in ("/", "/runs", f"/runs/{RUN}"):
        await desk.open(path)
        found[path] = await desk.violations()
    assert {path: each for path, each in found.items() if each} == {}


async def test_runs_fit_a_phone(rules: Rules, visit: Visit) -> None:
    rules.runs = [run()]
    desk = await visit(Role.EDITOR, **PHONE)
    for path in ("/", "/runs", f"/runs/{RUN}"):
        await desk.open(path)
        assert not await desk.is_wider_than_the_window(), path
