"""One month of a contract by keyboard alone, from the draft to the closed invoice, in Chromium on a whole stack."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest
from playwright.async_api import Browser, Request, expect

from local.demo.api_client import ApiClient, effect, is_done
from tests.fixtures.keyboard import PATIENCE, Typist

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

# A local client with a fixed price, and a month that no other test drafts.
CONTRACT, YEAR, MONTH = "APP-007", "2025", "12"
PRICE = Decimal("48000000.00")
ROWS = [(f"Work {n}", f"CHARM-{n}", f"{n},5", "100 000,00", "1.5") for n in range(1, 21)]
# Quantities 1.5 + 2.5 + ... + 20.5 = 220; 220 x 100,000 x 1.5
PASTED = Decimal("33000000.00")

SignIn = Callable[[str], Awaitable[Typist]]


@pytest.fixture
async def sign_in(browser: Browser, described: dict[str, Any]) -> AsyncIterator[SignIn]:
    """Open the desk as a user of a role. At the end no page has complained or asked another host."""
    address = described["api"].partition("/api/")[0]
    opened: list[Typist] = []
    complaints: list[str] = []

    def heard(request: Request) -> None:
        if not request.url.startswith((address, "data:", "about:", "blob:")):
            complaints.append(f"a request leaves the host: {request.url}")

    async def open_desk(role: str) -> Typist:
        user = next(user for user in described["users"] if user["role"] == role)
        person = await Typist.sign_in(browser, address, user["username"], user["password"])
        person.page.on("pageerror", lambda error: complaints.append(str(error)))
        person.page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        person.page.on("request", heard)
        opened.append(person)
        return person

    yield open_desk
    for person in opened:
        await person.page.context.close()
    assert complaints == []


async def draft(clerk: Typist) -> str:
    """Generate the draft in the three steps of the generator; return its address."""
    page = clerk.page
    await clerk.go("c", "/clients")
    await clerk.press("n")
    await page.wait_for_url("**/generate*")
    await expect(page.locator("#f-search")).to_be_focused(timeout=PATIENCE)
    await clerk.type(CONTRACT)
    await clerk.tab_to(page.locator("#f-period"))
    await clerk.type(MONTH)
    await clerk.press("ArrowRight")
    await clerk.type(YEAR)
    await expect(page.locator("#f-period")).to_have_value(f"{YEAR}-{MONTH}", timeout=PATIENCE)
    await clerk.press("Enter")
    row = page.locator(f"#list a[href*='application_key={CONTRACT}'][href*='period={YEAR}-{MONTH}']")
    await expect(row).to_have_count(1, timeout=PATIENCE)
    await clerk.enter(row)
    await page.wait_for_url("**step=2*")
    await clerk.enter(page.get_by_role("button", name="Review"))
    await expect(page.locator(".steps [aria-current=step]")).to_contain_text("Review", timeout=PATIENCE)
    for choice in await page.locator("[name=confirmed_warnings]").all():
        await clerk.tab_to(choice)
        await clerk.press("Space")
    await clerk.enter(page.get_by_role("button", name="Generate draft"))
    await page.wait_for_url(re.compile(r"/invoices/[^/?]+"))
    return page.url.partition("?")[0]


async def edit_with_a_paste(clerk: Typist) -> None:
    """Paste twenty rows of a spreadsheet into the empty row, and save."""
    page = clerk.page
    await clerk.press("e")
    await page.wait_for_url("**/edit*")
    await clerk.tab_to(page.locator("tr[data-new] [data-col=description] [data-cell]").first)
    await clerk.paste("".join("\t".join(row) + "\n" for row in ROWS))
    await expect(page.locator("#grid-says")).to_have_text("Pasted: 20 rows.", timeout=PATIENCE)
    await expect(page.locator("#totals .whole ins")).to_have_text(f"{PRICE + PASTED:,}", timeout=PATIENCE)
    await clerk.press("Control+s")
    await page.wait_for_url("**?done=*")


async def sign(clerk: Typist, invoice_id: str) -> None:
    """Sign the act of the invoice with the key that may."""
    page = clerk.page
    await clerk.go("s", "/signing")
    act = page.locator(f"[data-act='{invoice_id}']")
    await clerk.enter(page.locator("[data-find]"))
    await expect(page.locator("input[name=certificate]:enabled")).to_be_checked(timeout=PATIENCE)
    await clerk.tab_to(act.locator("[data-choose]"))
    await clerk.press("Space")
    await clerk.enter(page.locator("[data-sign]"))
    await expect(page.locator("#signing-says")).to_have_text("1 of 1 are signed.", timeout=PATIENCE)


async def test_a_month_is_billed_by_keyboard_alone(editor: ApiClient, sign_in: SignIn) -> None:
    """48,000,000 a month and twenty pasted rows of 33,000,000: drafted, approved by another person, signed and paid."""
    clerk, boss = await sign_in("editor"), await sign_in("manager")
    page, status = clerk.page, clerk.page.locator(".head h1 + .pill")
    invoice_id = (await draft(clerk)).rpartition("/")[2]
    await edit_with_a_paste(clerk)
    await clerk.enter(page.get_by_role("link", name="Finalise", exact=True))
    await clerk.send_dialog()
    await clerk.until(status, "Needs review")
    number = await page.locator("h1").inner_text()

    await boss.go("r", "/review")
    await boss.move_to_row(boss.page.locator(f"main tbody a[href='/review/{invoice_id}']"))
    await boss.press("Enter")
    await boss.page.wait_for_url(f"**/review/{invoice_id}")
    await boss.press("a")
    await boss.send_dialog()
    await boss.press("/")
    await boss.type(number)
    await boss.press("Enter")
    await boss.page.wait_for_url(f"**/invoices/{invoice_id}*")
    await boss.enter(boss.page.get_by_role("link", name="Send", exact=True))
    await expect(boss.page.locator("#command-dialog [name=channel]")).to_be_focused(timeout=PATIENCE)
    await boss.type("Didox")
    await boss.send_dialog()

    await editor.until(invoice_id, lambda found: effect(found, "einvoice_signature") is not None, "the act in Didox")
    await sign(clerk, invoice_id)
    await clerk.press("/")
    await clerk.type(number)
    await clerk.press("Enter")
    await page.wait_for_url(f"**/invoices/{invoice_id}*")
    await clerk.until(status, "Sent")
    await clerk.enter(page.get_by_role("link", name="Mark as Paid", exact=True))
    await clerk.tab_to(page.locator("#command-dialog [name=reference]"))
    await clerk.type("bank order 12")
    await clerk.send_dialog()
    await clerk.until(status, "Closed")

    closed = await editor.invoice(invoice_id)
    assert [line["description"] for line in closed["line_items"]][-len(ROWS) :] == [row[0] for row in ROWS]
    assert Decimal(closed["total_amount"]) == PRICE + PASTED
    assert Decimal(closed["balance"]) == 0
    assert closed["display_number"] == number
    assert is_done(closed, "einvoice_send")
    events = (await editor.http.get(f"/invoices/{invoice_id}/events")).json()["data"]["events"]
    by_action = {event["action"]: event["by"] for event in events}
    assert by_action["approve"] != by_action["finalize"] == by_action["edit"]
