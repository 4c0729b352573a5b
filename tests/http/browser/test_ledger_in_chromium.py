"""Open items, payments, audit, users and webhooks in Chromium: barriers, phones, dialogs, the check that goes on."""

from functools import partial

import pytest
from playwright.async_api import expect
from sqlalchemy.ext.asyncio import AsyncEngine

from api.audit import deps
from api.audit.verification import Verifications
from models.access.roles import Role
from models.invoice.invoice import Invoice
from tests.http.accounting.paid_invoices import stored
from tests.http.browser.visits import LOOKS, Visit
from tests.http.callers import Rules

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("many_rows")]
PHONE = {"viewport": {"width": 390, "height": 844}}
PAGES = (
    "/open-items",
    "/open-items?view=invoices&age=90%2B",
    "/open-items?q=nobody",
    "/payments",
    "/payments?q=1000000",
    "/audit",
    "/audit/settings",
    "/audit/verify?begin=1",
    "/settings/users",
    "/settings/users/new",
    "/settings/api-keys",
    "/settings/api-keys/new",
    "/settings/webhooks",
    "/settings/webhooks/new",
    "/me",
    "/me/password",
)


@pytest.fixture
async def invoices(rules: Rules) -> dict[str, Invoice]:
    return await stored(rules, "LEDGER")


@pytest.mark.usefixtures("invoices")
@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_no_page_has_a_barrier(visit: Visit, language: str, theme: str) -> None:
    desk = await visit(Role.ADMIN, locale=language, color_scheme=theme)
    found = {}
    for path in PAGES:
        await desk.open(path)
        found[path] = await desk.violations()
    assert {path: each for path, each in found.items() if each} == {}


@pytest.mark.usefixtures("invoices")
async def test_nothing_is_wider_than_a_phone(visit: Visit) -> None:
    desk = await visit(Role.ADMIN, locale="ru-RU", **PHONE)
    for path in PAGES:
        await desk.open(path)
        assert not await desk.is_wider_than_the_window(), path
    await desk.open("/payments")
    assert await desk.violations() == []


async def test_a_payment_is_recorded_from_the_open_items(
    visit: Visit, rules: Rules, invoices: dict[str, Invoice]
) -> None:
    unpaid = invoices["unpaid"]
    desk = await visit(Role.EDITOR)
    await desk.open("/open-items?view=invoices&q=CUST-D")
    await desk.page.locator("table.items a[data-command]").click()
    dialog = desk.page.locator("#command-dialog")
    await expect(dialog).to_be_visible()
    await dialog.locator("[name=reference]").fill("doc 99")
    await dialog.locator("[name=amount]").fill("825 000,00")
    await dialog.locator("[name=paid_on]").fill("2026-02-28")  # the stand-in for Temporal has its own day
    await desk.page.keyboard.press("Control+Enter")
    await desk.page.wait_for_url("**/open-items?*done=*")
    await expect(desk.page.locator(".panel.done")).to_contain_text("Payment recorded")
    # 15,825,000 (docs/specification/pricing.md 4.8) less 825,000
    await expect(desk.page.locator("table.items .at-balance")).to_have_text("15,000,000.00")
    assert [payment.reference for payment in rules.invoices[unpaid.workflow_id].payments] == ["doc 99"]


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check takes a few chains with each request, so that it needs several."""
    monkeypatch.setattr(deps, "Verifications", partial(Verifications, chains=50))


@pytest.mark.usefixtures("invoices", "_small_parts")
async def test_the_check_of_the_chains_goes_on_by_itself(visit: Visit, registry_engine: AsyncEngine) -> None:
    """The rows of the registry's tests have no events, so that their chains count as broken."""
    desk = await visit(Role.VIEWER)
    await desk.open("/audit/verify")
    await desk.page.get_by_role("link", name="Check all invoices now").click()
    await expect(desk.page.locator("#check .panel.danger")).to_contain_text("chains are broken")
    await expect(desk.page.locator("#check progress")).to_have_count(0)
    chains, _, broken = [int(text.replace(",", "")) for text in await desk.page.locator("#check dd").all_inner_texts()]
    assert chains > 100
    assert broken < chains


async def test_back_restores_the_open_items(visit: Visit) -> None:
    desk = await visit(Role.VIEWER)
    await desk.open("/open-items")
    await desk.page.select_option("#f-currency", "EUR")
    await expect(desk.page.locator(".chips")).to_contain_text("EUR")
    assert desk.page.url.endswith("/open-items?currency=EUR")
    rows = await desk.page.locator("table.stack tbody tr").all_inner_texts()
    await desk.page.locator("table.stack tbody .at-1 a").first.click()
    await desk.page.wait_for_url("**view=invoices*")
    await desk.page.go_back()
    await expect(desk.page.locator("table.stack tbody tr").first).to_be_visible()
    assert await desk.page.locator("table.stack tbody tr").all_inner_texts() == rows
    await desk.page.emulate_media(media="print")
    await expect(desk.page.locator("form.filters")).to_be_hidden()
    await expect(desk.page.locator("footer")).to_contain_text("Printed by vera")
