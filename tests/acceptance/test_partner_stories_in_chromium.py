"""The stories 3.1 to 3.6 of the billing document of partner invoices, by hand through the pages, on a whole stack."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from local.demo.api_client import ApiClient
from tests.acceptance.test_partner_invoices import PNG, attached, ready, received, status_of, uploaded
from tests.fixtures.reloading import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
KUALA_LUMPUR = ZoneInfo("Asia/Kuala_Lumpur")
# The machine of the tests may be busy; a person would wait as well.
PATIENCE = 90_000
SLIP = {"name": "slip.png", "mimeType": "image/png", "buffer": PNG}
SignIn = Callable[[str], Awaitable[Page]]


@pytest.fixture
async def sign_in(browser: Browser, described: dict[str, Any]) -> AsyncIterator[SignIn]:
    """Open the desk as a user of a role. At the end no page has complained."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def open_desk(role: str) -> Page:
        user = next(user for user in described["users"] if user["role"] == role)
        context = await browser.new_context(base_url=described["api"].partition("/api/")[0], locale="en-GB")
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto("/login")
        await page.fill("#username", user["username"])
        await page.fill("#password", user["password"])
        await page.keyboard.press("Enter")
        await page.locator("nav.side").wait_for(state="attached")
        return page

    yield open_desk
    for context in contexts:
        await context.close()
    assert complaints == []


async def give(page: Page, command: str, **fields: str) -> None:
    """Open the dialog of a command, fill it in and send it; wait until the page says that it was done."""
    dialog = page.locator("#command-dialog")
    link = page.get_by_role("link", name=command, exact=True)
    if not await link.first.is_visible():
        await page.locator("summary.button", has_text="More").click()
    await link.first.click()
    await expect(dialog).to_be_visible(timeout=PATIENCE)
    for name, value in fields.items():
        field = dialog.locator(f"[name={name}]").last
        if await field.evaluate("each => each.tagName") == "SELECT":
            await field.select_option(value)
        elif await field.get_attribute("type") == "file":
            await field.set_input_files({"name": "proof.png", "mimeType": "image/png", "buffer": PNG})
        else:
            await field.fill(value)
    await dialog.get_by_role("button", name=command, exact=True).dblclick()
    await page.wait_for_url("**?done=*", timeout=PATIENCE)


async def test_a_job_becomes_billable_is_uploaded_and_paid(editor: ApiClient, sign_in: SignIn) -> None:
    """Stories 3.1 to 3.4: RM 75 for one activation, due 45 days after the upload."""
    order_key = await received(editor)
    clerk, boss = await sign_in("editor"), await sign_in("manager")
    await clerk.goto(f"/orders/{order_key}")
    await expect(clerk.locator(".checklist .missing")).to_have_count(0)
    await clerk.get_by_role("link", name="Generate Invoice", exact=True).click()
    await expect(clerk.locator("tfoot")).to_contain_text("75.00")
    await clerk.get_by_role("button", name="Generate Invoice").dblclick()
    await clerk.wait_for_url("**/invoices/*?done=1", timeout=PATIENCE)
    address = clerk.url.partition("?")[0]
    milestone = clerk.locator("#portal-title + .end")
    await expect(milestone).to_have_text("Draft")
    assert await status_of(editor, order_key) == "ReadyForInvoice"
    await give(clerk, "Generate Invoice PDF")
    await until(clerk, milestone, "Generated")
    await expect(clerk.locator("h1")).to_contain_text("UMOBILE-")
    await until(clerk, clerk.locator("#document-title + .end"), "Open PDF")
    await boss.goto(address)
    await give(boss, "Approve")
    await clerk.goto(address)
    await give(clerk, "Mark as Uploaded", portal_submission_id="SUBM-1", url="https://portal.example/1")
    await expect(milestone).to_have_text("AwaitingPayment")
    due = (datetime.now(UTC).astimezone(KUALA_LUMPUR) + timedelta(days=45)).date()
    await expect(clerk.locator(".summary")).to_contain_text(f"{due.day} {due:%b %Y}"[:6])
    assert await status_of(editor, order_key) in ("Invoiced", "SubmittedToPortal")
    await give(clerk, "Mark as Paid", reference="Maybank 75", bank_slip="")
    await until(clerk, milestone, re.compile("Paid|Closed"))
    await expect(clerk.locator("section[aria-labelledby=payments-title] tbody tr")).to_have_count(1)
    await until(clerk, milestone, "Closed")
    await clerk.goto(f"/orders/{order_key}")
    await until(clerk, clerk.locator(".head .pill"), "Completed")


async def test_a_rejected_invoice_gives_its_order_back_and_is_replaced(
    editor: ApiClient, manager: ApiClient, sign_in: SignIn
) -> None:
    """Story 3.5."""
    order_key = await received(editor)
    invoice = await uploaded(editor, manager, (await ready(editor, order_key))["invoice"])
    boss = await sign_in("manager")
    await boss.goto(f"/invoices/{invoice['id']}")
    await give(
        boss,
        "Mark as Rejected",
        code="wrong_splitter_or_serial",
        reason="Wrong serial number",
        remarks="Please resubmit",
        attachment="",
    )
    milestone = boss.locator("#portal-title + .end")
    await expect(milestone).to_have_text("Rejected")
    await expect(boss.locator(".panel.danger")).to_contain_text("Please resubmit")
    await boss.goto(f"/orders/{order_key}")
    await until(boss, boss.locator(".head .pill"), "Ready for invoice")
    await boss.goto(f"/invoices/{invoice['id']}")
    await boss.get_by_role("link", name="Invoice them again").click()
    await boss.get_by_role("button", name="Generate Invoice").click()
    await boss.wait_for_url("**/invoices/*?done=1", timeout=PATIENCE)
    assert invoice["id"] not in boss.url
    await boss.get_by_role("link", name="Compare line by line").click()
    await expect(boss.locator("main tbody tr")).to_have_count(1)
    await expect(boss.locator("main tbody tr")).to_contain_text("same")
    await expect(boss.locator(".panel.danger")).to_contain_text("Wrong splitter or serial number")


async def test_an_order_that_is_not_ready_names_each_missing_item(editor: ApiClient, sign_in: SignIn) -> None:
    """Story 3.1, the gate: the missing item is recorded by its form, and the order can then be invoiced."""
    order_key = await received(editor, materials_logged=False, materials=[])
    clerk = await sign_in("editor")
    await clerk.goto("/orders/ready?partner_key=UMOBILE")
    row = clerk.locator("tr", has_text=order_key)
    await expect(row).to_contain_text("The materials are not recorded")
    await row.get_by_role("link", name=order_key).click()
    await clerk.get_by_role("link", name="Record the materials").click()
    row_of = clerk.locator("tbody").first.locator("tr").first
    for name, text in (("code", "ONU"), ("description", "ONU"), ("quantity", "1"), ("serial", "ONU-77")):
        await row_of.locator(f"[name='materials.{name}']").fill(text)
    await clerk.get_by_role("button", name="Record the materials").click()
    await clerk.wait_for_url("**?done=*", timeout=PATIENCE)
    await expect(clerk.locator(".checklist .missing")).to_have_count(0)
    await expect(clerk.get_by_role("link", name="Generate Invoice", exact=True)).to_be_visible()


async def test_the_finance_dashboard_leads_to_its_rows(editor: ApiClient, manager: ApiClient, sign_in: SignIn) -> None:
    """Story 3.6: each of the four figures opens a list with as many invoices as it says."""
    order_key = await received(editor)
    invoice = await uploaded(editor, manager, (await ready(editor, order_key))["invoice"])
    await attached(editor, invoice["id"])
    viewer = await sign_in("viewer")
    await viewer.goto("/partners/finance")
    cards = viewer.locator("section[aria-labelledby=cur-MYR] .finance-figures .figure")
    await expect(cards).to_have_count(4)
    found = [
        (await card.locator("a").get_attribute("href"), await card.locator(".stamp").inner_text())
        for card in [cards.nth(number) for number in range(4)]
        if await card.locator("a").count()
    ]
    assert found
    for address, text in found:
        assert address is not None
        await viewer.goto(address)
        said = re.match(r"\d+", text)
        assert said is not None
        matches = await viewer.locator("#matches").text_content()
        assert matches is not None
        assert re.match(r"\d+", matches.strip()).group() == said.group()  # type: ignore[union-attr]
