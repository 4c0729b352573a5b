"""The grid of lines in Chromium: rows from a spreadsheet, the keyboard alone, undo, totals, and two windows."""

from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from playwright.async_api import expect

from models.access.roles import Role
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.http.browser.grids import CELLS, cell, new_cell, numbers, paste
from tests.http.browser.visits import Desk, Visit
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import changed

pytestmark = pytest.mark.browser
SUPPORT, OVERTIME = "Monthly support — February 2026", "Overtime"


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    """15,000,000 for the month and 5.5 hours of overtime at 150,000 (docs/specification/pricing.md 4.8)."""
    return await rules.put(draft_of(key))


async def opened(visit: Visit, invoice: Invoice, role: Role = Role.EDITOR) -> Desk:
    desk = await visit(role)
    await desk.open(f"/invoices/{invoice.id}/edit")
    return desk


async def expect_total(desk: Desk, text: str) -> None:
    await expect(desk.page.locator("#totals .whole ins")).to_have_text(text)


async def save(desk: Desk) -> None:
    await desk.page.keyboard.press("Control+s")
    await desk.page.wait_for_url("**?done=*")


async def test_twenty_rows_are_pasted_and_saved_with_one_key(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    block = "".join(f"Work {n}\tPROJ-{n}\t{n},5\t100 000,00\t1.5\n" for n in range(1, 21))
    await new_cell(desk, 1, "description").click()
    await paste(desk, block)
    await expect(desk.page.locator("#grid-says")).to_have_text("Pasted: 20 rows.")
    # quantities 1.5 + 2.5 + ... + 20.5 = 220; 220 x 100,000 x 1.5 = 33,000,000 beside 15,825,000
    await expect_total(desk, "48,825,000.00")
    await expect(desk.page.locator("tr[data-new] [data-col=line_total]").first).to_have_text("225,000.00")
    assert await desk.violations() == []
    await save(desk)
    after = rules.invoices[draft.workflow_id].content
    new = after.lines[len(draft.content.lines) :]
    assert [line.description for line in new] == [f"Work {n}" for n in range(1, 21)]
    assert (new[0].work.jira_key, new[0].quantity, new[0].rate_multiplier) == ("PROJ-1", Decimal("1.5"), Decimal("1.5"))
    assert after.totals.total_amount == Decimal("48825000.00")


async def test_a_first_row_of_headings_names_the_columns(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    await new_cell(desk, 1, "description").click()
    await paste(desk, 'Цена\tКол-во\tИтого\tНаименование\n1500,50\t2\t3001,00\t"Two\nlines"\n')
    await expect_total(desk, "15,828,001.00")
    await expect(desk.page.locator("#grid-says")).to_contain_text("The totals were not taken over")
    await save(desk)
    line = rules.invoices[draft.workflow_id].content.lines[-1]
    assert (line.description, line.quantity, line.unit_price) == ("Two\nlines", Decimal(2), Decimal("1500.50"))


async def test_headings_that_are_not_known_are_named(draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    await new_cell(desk, 1, "description").click()
    await paste(desk, "Description\tPrice\tColour\nA\t1\tred\n")
    await expect(desk.page.locator("#grid-says")).to_contain_text(
        "these are not known: Colour. Known are: Billed, Type"
    )
    await paste(desk, "a\t1\t2\t3\t4\t5\t6\n")
    await expect(desk.page.locator("#grid-says")).to_contain_text(
        "the rows have 7 cells, and from this cell on there are 6"
    )
    assert await numbers(desk) == [line.description for line in draft.content.lines]


async def test_an_amount_with_two_readings_is_refused_with_both(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    await new_cell(desk, 1, "description").click()
    await paste(desk, "A\t\t1\t12.345\nB\t\t1\tmuch\n")
    totals = desk.page.locator("#totals .panel.danger")
    await expect(totals).to_contain_text("12.345 can mean 12.345 or 12345.00")
    await expect(totals).to_contain_text("much is not an amount")
    await expect(new_cell(desk, 1, "unit_price")).to_have_attribute("aria-invalid", "true")
    await desk.page.keyboard.press("Control+s")
    await expect(desk.page.locator("[role=alert]")).to_contain_text("12.345 can mean")
    desk.expect_complaint("400")
    assert await new_cell(desk, 1, "unit_price").input_value() == "12.345"
    await new_cell(desk, 1, "unit_price").fill("12 345,00")
    await new_cell(desk, 2, "unit_price").fill("5")
    await expect_total(desk, "15,837,350.00")
    await save(desk)
    assert rules.invoices[draft.workflow_id].total == Decimal("15837350.00")


async def test_the_keyboard_alone_edits_everything(rules: Rules, draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    keys = desk.page.keyboard
    await cell(desk, "line.L1.unit_price").focus()
    await keys.press("Control+a")
    await keys.type("14000000")
    await keys.press("Enter")
    await expect(cell(desk, "line.L2.unit_price")).to_be_focused()
    await keys.press("Control+d")  # a copy of the overtime, behind it
    await keys.press("Shift+Tab")
    await keys.press("Control+a")
    await keys.type("1")
    for _ in range(2):
        await keys.press("Shift+Tab")
    await keys.press("Control+a")
    await keys.type("Night shift")
    await keys.press("Shift+Enter")
    await keys.type("in February")
    await keys.press("Alt+ArrowUp")
    await keys.press("Alt+ArrowUp")
    assert await numbers(desk) == ["Night shift\nin February", *(line.description for line in draft.content.lines)]
    await cell(desk, "line.L4.description").focus()
    await keys.press("Control+Backspace")
    await expect(desk.page.locator("tr[data-line=L4]")).to_have_attribute("data-removed", "")
    await expect(new_cell(desk, 2, "description")).to_be_focused()  # the empty row at the end
    await keys.type("Discount")
    for _ in range(3):
        await keys.press("Tab")
    await keys.type("-1000,50")
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(new_cell(desk, 3, "billed")).to_be_focused()
    # 14,000,000 + 825,000 + 1 x 150,000 - 1,000.50
    await expect_total(desk, "14,973,999.50")
    await desk.page.locator("#f-note").fill("agreed on 1 March")
    await save(desk)
    after = rules.invoices[draft.workflow_id].content
    assert [line.description for line in after.lines] == [
        *("Night shift\nin February", SUPPORT, OVERTIME),
        *(draft.content.lines[2].description, "Discount"),
    ]
    assert after.lines[0].line_type == "overtime"
    assert after.totals.total_amount == Decimal("14973999.50")


async def test_each_change_is_taken_back_in_its_order(draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    keys, price = desk.page.keyboard, cell(desk, "line.L1.unit_price")
    before = await numbers(desk)
    await price.fill("14000000")
    await keys.press("Enter")
    await new_cell(desk, 1, "description").focus()
    await paste(desk, "A\nB\nC\n")
    await expect(desk.page.locator("#grid-says")).to_have_text("Pasted: 3 rows.")
    await cell(desk, "line.L2.description").focus()
    await keys.press("Control+Backspace")
    await keys.press("Control+z")
    await expect(desk.page.locator("[data-removed]")).to_have_count(0)
    assert await numbers(desk) == [*before, "A", "B", "C"]
    await keys.press("Control+z")
    assert await numbers(desk) == before
    await keys.press("Control+z")
    assert await price.input_value() == "15000000.00"
    await expect(price).not_to_have_attribute("data-changed", "")
    await keys.press("Control+z")
    await expect(desk.page.locator("#grid-says")).to_have_text("There is nothing to take back.")
    for _ in range(3):
        await keys.press("Control+y")
    assert await price.input_value() == "14000000"
    assert await numbers(desk) == [*before, "A", "B", "C"]
    await expect(desk.page.locator("tr[data-line=L2]")).to_have_attribute("data-removed", "")


async def test_the_note_is_asked_for_where_totals_change(draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    await expect(desk.page.locator("#f-note")).to_be_hidden()
    await cell(desk, "line.L1.description").fill("Support")
    await expect(desk.page.locator("#totals .whole")).to_contain_text("15,825,000.00")
    await expect(desk.page.locator("#f-note")).to_be_hidden()
    await cell(desk, "line.L1.billed").uncheck()
    await expect_total(desk, "825,000.00")
    await expect(desk.page.locator("#f-note")).to_be_visible()


async def test_a_pasted_block_is_not_left_silently(draft: Invoice, visit: Visit) -> None:
    desk = await opened(visit, draft)
    await new_cell(desk, 1, "description").click()
    await paste(desk, "A\nB\n")
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.dismiss()  # type: ignore[attr-defined]

    desk.page.on("dialog", stay)
    await desk.page.locator("a.brand").click()
    assert (await numbers(desk))[-2:] == ["A", "B"]
    assert asked == ["beforeunload"]


async def test_four_hundred_lines_are_one_field(rules: Rules, draft: Invoice, visit: Visit) -> None:
    line = draft.content.lines[2]
    many = tuple(line.model_copy(update={"id": f"L{n}", "description": f"Task {n}"}) for n in range(10, 410))
    content = draft.content.model_copy(update={"lines": (*draft.content.lines, *many)})
    await rules.put(changed(draft, content=content))
    desk = await opened(visit, draft)
    assert await desk.page.locator(CELLS).count() == 405
    await cell(desk, "line.L409.description").fill("The last task")
    await cell(desk, "line.L409.billed").check()
    await expect_total(desk, "16,125,000.00")  # 15,825,000 + 2 x 150,000
    async with desk.page.expect_request(
        lambda request: request.method == "POST" and request.is_navigation_request()
    ) as sent:
        await save(desk)
    fields = dict(parse_qsl((await sent.value).post_data or "", keep_blank_values=True))
    assert fields["line_changes"] == '[{"op":"change","id":"L409","billed":"true","description":"The last task"}]'
    assert len(fields) < 100
    assert rules.invoices[draft.workflow_id].content.lines[-1].description == "The last task"


async def test_two_windows_edit_the_lines_of_one_draft(rules: Rules, draft: Invoice, visit: Visit) -> None:
    first, second = await opened(visit, draft), await opened(visit, draft, Role.MANAGER)
    await cell(second, "line.L1.unit_price").fill("14000000")
    await cell(second, "line.L4.remove").check()
    await save(second)
    await cell(first, "line.L1.unit_price").fill("13000000")
    await cell(first, "line.L2.quantity").fill("2")
    await expect(first.page.locator("#totals")).to_contain_text("Somebody else has changed the draft meanwhile")
    await new_cell(first, 1, "description").fill("Mine")
    await new_cell(first, 1, "unit_price").fill("10")
    await first.page.keyboard.press("Control+s")
    await expect(first.page.locator("h1")).to_have_text("Somebody else has changed the draft")
    first.expect_complaint("409")
    await expect(first.page.locator("table.three")).to_contain_text("Mine: Price")
    assert await first.violations() == []
    await first.page.locator("input[type=radio][value='13000000']").check()
    await first.page.get_by_role("button", name="Save").click()
    await first.page.wait_for_url("**?done=*")
    after = rules.invoices[draft.workflow_id].content
    # 13,000,000 + 2 x 150,000 + 10, and the line that the other person removed stays away
    assert after.totals.total_amount == Decimal("13300010.00")
    kept = [line.description for line in draft.content.lines[:3]]
    assert [line.description for line in after.lines] == [*kept, "Mine"]


async def test_an_issued_invoice_has_no_grid(rules: Rules, draft: Invoice, visit: Visit) -> None:
    await rules.put(changed(draft, status=Status.SENT))
    desk = await visit(Role.EDITOR)
    await desk.open(f"/invoices/{draft.id}/edit")
    desk.expect_complaint("409")
    await expect(desk.page.locator("[data-grid]")).to_have_count(0)
