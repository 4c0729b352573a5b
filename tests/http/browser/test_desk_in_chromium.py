"""The desk in Chromium: keyboard, Back, two windows, double clicks, scripts off, both themes, a phone, paper."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from models.invoice.invoice import ActionStamp, Document, Invoice
from models.invoice.status import Status
from tests.http.browser.visits import ALL_LOOKS, Visit
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import changed
from workflows.client.errors import OutcomeUnknown

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("many_rows")]
PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


@pytest.mark.parametrize(("language", "theme"), ALL_LOOKS)
async def test_no_page_has_a_barrier(rules: Rules, draft: Invoice, visit: Visit, language: str, theme: str) -> None:
    """axe with the rules of WCAG 2.2 AA on each page, and on an error."""
    desk = await visit(Role.MANAGER, locale=language, color_scheme=theme)
    base = f"/invoices/{draft.id}"
    paths = [
        "/",
        "/review",
        "/invoices",
        "/invoices?q=2500&currency=UZS",
        "/invoices?q=nobody",
        base,
        f"{base}/edit",
        f"{base}/html",
        f"{base}?list=sort%3Dcreated_at",
        "/signing",
        "/me",
    ]
    found = {}
    forms = [f"{base}/commands/void", f"{base}/commands/record_payment", f"/invoices/bulk/finalize?id={draft.id}"]
    for path in [*paths, *forms]:
        await desk.open(path)
        found[path] = await desk.violations()
    await desk.open("/nothing-here")
    desk.expect_complaint("404")
    found["/nothing-here"] = await desk.violations()
    stranger = await visit(None, locale=language, color_scheme=theme)
    await stranger.open("/login")
    found["/login"] = await stranger.violations()
    assert {path: each for path, each in found.items() if each} == {}


async def test_back_and_reload_show_the_same_rows(visit: Visit) -> None:
    desk = await visit(Role.VIEWER)
    await desk.open("/invoices")
    await desk.page.select_option("#f-currency", "EUR")
    await expect(desk.page.locator(".chips")).to_contain_text("EUR")
    assert desk.page.url.endswith("/invoices?currency=EUR")
    rows = await desk.page.locator("table.registry tbody tr").all_inner_texts()
    await desk.page.locator("table.registry tbody a").first.click()
    await desk.page.wait_for_url("**/invoices/*-*")
    desk.complaints.clear()  # the rows of this test have no content that a page could show
    await desk.page.go_back()
    await expect(desk.page.locator(".chips")).to_contain_text("EUR")
    assert await desk.page.locator("table.registry tbody tr").all_inner_texts() == rows
    await desk.page.reload()
    assert await desk.page.locator("table.registry tbody tr").all_inner_texts() == rows
    await desk.page.go_back()
    await expect(desk.page.locator(".chips")).to_have_count(0)


async def test_the_keyboard_finds_and_opens_an_invoice(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    keyboard = desk.page.keyboard
    await keyboard.press("/")
    await keyboard.type(draft.content.subject_key)
    await keyboard.press("Enter")
    await expect(desk.page.locator("#invoice tbody tr")).to_have_count(1)
    await desk.page.locator("h1").click()
    await keyboard.press("j")
    await keyboard.press("Enter")
    await desk.page.wait_for_url(f"**/invoices/{draft.id}?list=*")
    await keyboard.press("e")
    await desk.page.wait_for_url("**/edit?list=*")
    await desk.page.fill("input[name='line.L1.unit_price']", "14 000 000,00")
    await keyboard.press("Control+s")
    await desk.page.wait_for_url("**?done=*")
    await expect(desk.page.locator(".panel.done")).to_contain_text("Edited · lena")
    await keyboard.press("?")
    await expect(desk.page.locator("#help")).to_be_visible()
    await keyboard.press("Escape")
    await keyboard.press("g")
    await keyboard.press("i")
    await desk.page.wait_for_url("**/invoices")


async def test_a_double_click_books_one_payment(rules: Rules, draft: Invoice, visit: Visit) -> None:
    await rules.put(changed(draft, status=Status.SENT))
    desk = await visit(Role.EDITOR)
    await desk.open(f"/invoices/{draft.id}")
    await desk.page.get_by_role("link", name="Mark as Paid").click()
    dialog = desk.page.locator("#command-dialog")
    await expect(dialog).to_be_visible()
    await dialog.locator("[name=reference]").fill("act 12")
    await dialog.locator("[name=amount]").fill("1 000 000,00")
    await dialog.locator("[name=paid_on]").fill("2026-02-28")  # the stand-in for Temporal has its own day
    await dialog.get_by_role("button", name="Mark as Paid").dblclick()
    await desk.page.wait_for_url("**?done=*")
    await desk.page.reload()
    await expect(desk.page.locator("section[aria-labelledby=payments-title] tbody tr")).to_have_count(1)
    assert len(rules.invoices[draft.workflow_id].payments) == 1


async def test_back_and_a_reload_repeat_harmlessly(rules: Rules, draft: Invoice, visit: Visit) -> None:
    """Reload sends the form of an unknown outcome once more; Back shows the form, and what is typed there again."""
    await rules.put(changed(draft, status=Status.SENT))
    desk = await visit(Role.EDITOR)
    form, page = f"/invoices/{draft.id}/commands/record_payment", desk.page
    for is_first in (True, False):
        await page.goto(form) if is_first else await page.go_back()
        await page.fill("[name=amount]", "1 000 000,00")
        await page.fill("[name=reference]", "act 12")
        await page.fill("[name=paid_on]", "2026-02-28")  # the stand-in for Temporal has its own day
        if is_first:
            rules.failures.append(OutcomeUnknown("lost"))
        await page.get_by_role("button", name="Mark as Paid").click()
        if is_first:
            await expect(page.get_by_role("heading", name="We do not know yet")).to_be_visible()
            desk.expect_complaint("504")
            await page.reload()
        await page.wait_for_url("**?done=*")
    assert len(rules.invoices[draft.workflow_id].payments) == 1
    await expect(page.locator("section[aria-labelledby=payments-title] tbody tr")).to_have_count(1)


async def test_a_reviewer_decides_by_keyboard(rules: Rules, draft: Invoice, visit: Visit) -> None:
    stamp = ActionStamp(by="lena", at=draft.created.at)
    document = Document(sha256="0f" * 32, size=1, pages=1)
    fields = {"status": Status.NEEDS_REVIEW, "digest": "ab" * 32, "document": document, "finalized": stamp}
    await rules.put(changed(draft, **fields))
    desk = await visit(Role.MANAGER)
    await desk.open(f"/review/{draft.id}")
    assert await desk.violations() == []
    await desk.page.keyboard.press("a")
    await expect(desk.page.locator("#command-dialog")).to_be_visible()
    await desk.page.keyboard.press("Control+Enter")
    await desk.page.wait_for_url(f"**/review*after={draft.id}")
    assert rules.invoices[draft.workflow_id].approved is not None


async def test_two_windows_lose_nothing(rules: Rules, draft: Invoice, visit: Visit) -> None:
    first, second = await visit(Role.EDITOR), await visit(Role.MANAGER)
    for desk in (first, second):
        await desk.open(f"/invoices/{draft.id}/edit")
    await second.page.fill("[name=payment_days]", "10")
    await second.page.keyboard.press("Control+s")
    await second.page.wait_for_url("**?done=*")
    await first.page.fill("[name=payment_days]", "30")
    await first.page.fill("[name=agreement_number]", "PO-9")
    await first.page.keyboard.press("Control+s")
    await expect(first.page.locator("h1")).to_have_text("Somebody else has changed the draft")
    first.expect_complaint("409")
    assert await first.violations() == []
    await first.page.locator("input[type=radio][value='30']").check()
    await first.page.get_by_role("button", name="Save").click()
    await first.page.wait_for_url("**?done=*")
    after = rules.invoices[draft.workflow_id].content
    assert (after.payment_days, after.service.agreement_number) == (30, "PO-9")


async def test_unsaved_work_is_not_left_silently(draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    await desk.open(f"/invoices/{draft.id}/edit")
    await desk.page.fill("[name=payment_days]", "30")
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.dismiss()  # type: ignore[attr-defined]

    desk.page.on("dialog", stay)
    await desk.page.locator("a.brand").click()
    await expect(desk.page.locator("[name=payment_days]")).to_have_value("30")
    assert asked == ["beforeunload"]


async def test_without_scripts_every_form_works(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR, java_script_enabled=False)
    await desk.page.goto(f"/invoices?q={draft.content.subject_key}")
    await desk.page.locator("table.registry tbody a").click()
    await desk.page.get_by_role("link", name="Finalise").click()
    await desk.page.get_by_role("button", name="Finalise").click()
    await desk.page.wait_for_url("**?done=*")
    assert rules.invoices[draft.workflow_id].finalized is not None


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_nothing_is_wider_than_a_phone(draft: Invoice, visit: Visit, language: str) -> None:
    desk = await visit(Role.MANAGER, locale=language, **PHONE)
    base = f"/invoices/{draft.id}"
    for path in (
        "/",
        "/review",
        "/invoices",
        "/invoices?q=2500",
        base,
        f"{base}/edit",
        f"{base}/html",
        f"{base}?list=sort%3Dcreated_at",
        "/signing",
        f"{base}/commands/void",
        "/me",
        "/login",
    ):
        await desk.open(path)
        assert not await desk.is_wider_than_the_window(), path


async def test_a_chosen_theme_stays(visit: Visit) -> None:
    desk = await visit(Role.VIEWER, color_scheme="light")
    await desk.open("/me")
    await desk.page.get_by_label("Dark").check()
    await desk.page.get_by_role("button", name="Save").click()
    await desk.open("/invoices")
    background = await desk.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == "rgb(16, 21, 28)"  # #10151C


async def test_paper_has_the_filters_and_no_navigation(visit: Visit, tmp_path: Path) -> None:
    desk = await visit(Role.VIEWER, color_scheme="dark")
    await desk.open("/invoices?currency=EUR")
    await desk.page.emulate_media(media="print")
    await expect(desk.page.locator("nav.side")).to_be_hidden()
    await expect(desk.page.locator("form.filters")).to_be_hidden()
    await expect(desk.page.locator(".chips")).to_contain_text("Currency: EUR")
    await expect(desk.page.locator("footer")).to_contain_text("Printed by vera")
    background = await desk.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    assert (await desk.page.pdf(path=tmp_path / "list.pdf")).startswith(b"%PDF")


async def test_rows_are_marked_by_key_and_by_mouse(draft: Invoice, visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    await desk.open("/invoices")
    bar, page = desk.page.locator(".selection"), desk.page
    await expect(bar).to_be_hidden()
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(bar.locator("[data-marked]")).to_have_text("2")
    await page.locator("[data-mark-all]").check()
    await expect(bar.locator("[data-marked]")).to_have_text("50")
    await page.keyboard.press("Escape")
    await expect(bar).to_be_hidden()
    await page.locator(f'input[name="id"][value="{draft.id}"]').check()
    await bar.get_by_role("button", name="Finalise").click()
    await expect(page.locator("main .button.primary")).to_have_text("Finalise: 1 invoice")
    await page.locator("main .button.primary").click()
    await expect(page.locator("tbody .pill")).to_have_text(["Done"])
    await page.get_by_role("link", name="To the list").click()
    await expect(page.locator("table.registry")).to_be_visible()
