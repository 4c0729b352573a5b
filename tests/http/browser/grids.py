"""What tests of the line grid do: reach a cell, paste a block, and read what the grid shows."""

from playwright.async_api import Locator

from tests.http.browser.visits import Desk

CELLS = "table[data-grid] tbody tr"


def cell(desk: Desk, name: str) -> Locator:
    """Return the visible control of a field, such as `line.L1.unit_price`."""
    return desk.page.locator(f"[data-cell][name='{name}']")


def new_cell(desk: Desk, nth: int, col: str) -> Locator:
    """Return a cell of the new row with this number, counted from 1."""
    return desk.page.locator("tr[data-new]").nth(nth - 1).locator(f"[data-col={col}] [data-cell]")


async def paste(desk: Desk, text: str) -> None:
    """Put the text into the clipboard, and paste it where the focus is."""
    await desk.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    await desk.page.keyboard.press("Control+v")


async def numbers(desk: Desk) -> list[str]:
    """Return the descriptions of all rows that have one, in their order."""
    script = f"[...document.querySelectorAll(\"{CELLS}\")].map(row => row.querySelector('textarea').value)"
    found: list[str] = await desk.page.evaluate(script)
    return [each for each in found if each]
