"""The settings and the first run in Chromium: no barrier in both themes and languages, on a phone, and by keyboard."""

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from tests.http.browser.visits import LOOKS, Visit

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}}
# One of each kind: the overview, a single form with tables, a list, forms, a file, the set-up, the explanation.
PATHS = [
    "/settings",
    "/settings/issuer",
    "/settings/number-series",
    "/settings/partners/new",
    "/settings/allocation-rules/new",
    "/settings/client-config/import",
    "/settings/delegations",
    "/settings/delegations/new",
    "/settings/setup",
    "/how-it-works",
    "/",
]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_no_page_of_the_settings_has_a_barrier(visit: Visit, language: str, theme: str) -> None:
    desk = await visit(Role.ADMIN, locale=language, color_scheme=theme)
    found = {}
    for path in PATHS:
        await desk.open(path)
        found[path] = await desk.violations()
    assert {path: each for path, each in found.items() if each} == {}


async def test_the_settings_fit_a_phone(visit: Visit) -> None:
    desk = await visit(Role.ADMIN, locale="ru-RU", **PHONE)
    for path in PATHS:
        await desk.open(path)
        assert not await desk.is_wider_than_the_window(), path


async def test_a_setting_is_added_by_keyboard_and_without_scripts(visit: Visit, key: str) -> None:
    desk = await visit(Role.MANAGER)
    keyboard = desk.page.keyboard
    await keyboard.press("g")
    await keyboard.press("e")
    await desk.page.wait_for_url("**/settings")
    await desk.open("/settings/classifications")
    await keyboard.press("n")
    await desk.page.wait_for_url("**/new")
    await desk.page.fill("#f-key", key)
    await desk.page.select_option("#f-classification", "internal")
    await keyboard.press("Control+s")
    await desk.page.wait_for_url("**?done=*")
    await expect(desk.page.locator(".panel.done")).to_contain_text(f"Added {key} · marat")

    plain = await visit(Role.MANAGER, java_script_enabled=False)
    await plain.page.goto(f"/settings/classifications/edit?key={key}")
    await plain.page.select_option("#f-classification", "overhead")
    await plain.page.get_by_role("button", name="Save").first.click()
    await expect(plain.page.locator(".panel.done")).to_contain_text(f"Changed {key} · marat")
