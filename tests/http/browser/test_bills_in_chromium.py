"""Vendor bills in Chromium with the real Temporal, PostgreSQL, object store and worker: from a file to its payment.

Finance is the desk's own API, to which the worker pushes the bills.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from api.app import create_app
from local.stack.port_allocation import HOST, free_port
from models.access.roles import Role
from settings import BillSettings, FinanceSettings, Settings
from tests.fixtures.ingested_bills import digitalocean_csv, droplet, tax
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import FINANCE_SECRET
from tests.http.bills.ingesting import april_csv
from tests.http.browser.serving import served
from tests.http.browser.visits import LOOKS, Desk, Visit
from tests.http.whole_api import seeded
from worker import running

pytestmark = pytest.mark.browser
WITHIN = 60_000  # milliseconds: a worker that starts on a busy machine reads a file in some seconds
PHONE = {"viewport": {"width": 390, "height": 844}}
DROP = """([names, texts]) => {
    const data = new DataTransfer();
    names.forEach((name, n) => data.items.add(new File([texts[n]], name, { type: "text/csv" })));
    return data;
}"""


@pytest.fixture(scope="module")
async def address(
    temporal: Client,
    registry_url: str,
    registry_engine: AsyncEngine,
    s3_settings: Settings,
    demo_clickhouse_url: str,
) -> AsyncIterator[str]:
    given = await seeded(temporal, registry_url, demo_clickhouse_url)
    port = free_port(set())
    finance = FinanceSettings(url=f"http://{HOST}:{port}", jwt_secret=SecretStr(FINANCE_SECRET.get_secret_value()))
    bills = BillSettings(largest_mb=1)
    settings = given.model_copy(update={"s3": s3_settings.s3, "bills": bills, "finance": finance})
    with served(create_app(settings), port) as address:
        async with running(settings):
            yield address


async def uploaded(desk: Desk, name: str, content: bytes, **hints: str) -> None:
    """Upload a file by the form, and wait until its bills are written."""
    await desk.open("/bills/upload")
    await desk.page.locator("summary", has_text="What the file does not say").click()
    for field, text in hints.items():
        await desk.page.fill(f"#f-{field}", text)
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": content}
    await desk.page.set_input_files("#f-file", file)
    await desk.page.get_by_role("button", name="Upload").click()
    await desk.page.wait_for_url("**/bills/files/*")
    await expect(desk.page.locator("#file .pill", has_text="done")).to_be_visible(timeout=WITHIN)


async def test_a_bill_goes_from_its_file_to_its_payment(visit: Visit) -> None:
    """The bill of the seed: 33 lines, net 79.02, tax 7.90, gross 86.92 USD."""
    lena = await visit(Role.EDITOR)
    invoice = f"inv-{uuid4().hex[:12]}"
    await uploaded(lena, "april.csv", april_csv(), provider_invoice_id=invoice, number="480021342")
    await lena.page.locator("section[aria-labelledby=result-title] a").click()
    await lena.page.wait_for_url("**/bills/*-*")
    await expect(lena.page.locator("h1")).to_have_text("480021342")
    await expect(lena.page.locator("section[aria-labelledby=totals-title]")).to_contain_text("86.92")
    await expect(lena.page.locator("#push .pill")).to_have_text("pushed", timeout=WITHIN)
    await lena.page.locator("a[data-key=l]").click()
    await expect(lena.page.locator("table.bill-lines tbody tr")).to_have_count(33)
    await lena.page.go_back()
    await lena.page.reload()
    await lena.page.locator(".summary a", has_text="Payable").click()
    await lena.page.wait_for_url("**/payables/*")
    await lena.page.keyboard.press("a")
    dialog = lena.page.locator("#command-dialog")
    await expect(dialog).to_contain_text("86.92 USD")
    await dialog.get_by_role("button", name="Approve").dblclick()
    await lena.page.wait_for_url("**/payables/*?done=2")
    await expect(lena.page.locator(".panel.done")).to_contain_text("Approved · lena")
    marat = await visit(Role.MANAGER)
    await marat.open(f"/payables?search={invoice}")
    await marat.page.locator("table.payables tbody a").click()
    await marat.page.get_by_role("link", name="Mark as Paid").click()
    await marat.page.locator("#command-dialog [name=reference]").fill("TT-77")
    await marat.page.keyboard.press("Control+Enter")
    await marat.page.wait_for_url("**/payables/*?done=3&list=*")
    await expect(marat.page.locator(".head .pill")).to_have_text("Paid")


async def test_dropped_files_show_their_progress_and_their_answer(visit: Visit) -> None:
    desk = await visit(Role.EDITOR)
    await desk.open("/bills/upload")
    good = digitalocean_csv([droplet("web", "12.00"), tax("1.20")], uuid4().hex[:8]).decode()
    data = await desk.page.evaluate_handle(DROP, [["good.csv", "wrong.csv"], [good, ""]])
    await desk.page.dispatch_event("[data-drop]", "dragover", {"dataTransfer": data})
    await expect(desk.page.locator("[data-drop][data-over]")).to_be_visible()
    await desk.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": data})
    rows = desk.page.locator("[data-uploads] li")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_contain_text("the file is empty", timeout=WITHIN)
    desk.expect_complaint("400")
    assert await desk.violations() == []
    await rows.nth(0).get_by_role("link").click()
    await desk.page.wait_for_url("**/bills/files/*")
    await expect(desk.page.locator("#file .pill", has_text="done")).to_be_visible(timeout=WITHIN)


async def test_without_scripts_a_file_is_uploaded(visit: Visit) -> None:
    desk = await visit(Role.EDITOR, java_script_enabled=False)
    await desk.page.goto("/bills/upload")
    content = digitalocean_csv([droplet("db", "3.00")], uuid4().hex[:8])
    file: Any = {"name": "plain.csv", "mimeType": "text/csv", "buffer": content}
    await desk.page.set_input_files("#f-file", file)
    await desk.page.get_by_role("button", name="Upload").click()
    await desk.page.wait_for_url("**/bills/files/*")

    async def heading() -> str:
        await desk.page.reload()
        return await desk.page.locator("h1").inner_text()

    assert await eventually(heading, lambda text: text == "plain.csv") == "plain.csv"


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_no_page_has_a_barrier_and_none_is_wider_than_a_phone(visit: Visit, language: str, theme: str) -> None:
    """axe with the rules of WCAG 2.2 AA on each page, and the width on a phone."""
    writer = await visit(Role.EDITOR)
    content = digitalocean_csv([droplet("web", "12.00"), droplet("a" * 120, "6.00"), tax("1.80")], uuid4().hex[:8])
    await uploaded(writer, f"{'long-' * 30}.csv", content, provider_invoice_id=f"inv-{uuid4().hex[:12]}")
    file = writer.page.url.removeprefix(writer.page.url.partition("/bills")[0])
    bill = await writer.page.locator("section[aria-labelledby=result-title] a").get_attribute("href")
    desk = await visit(Role.MANAGER, locale=language, color_scheme=theme)
    paths = [
        *("/bills", "/bills?search=nobody", "/bills/upload", "/bills/files", file, f"{bill}", f"{bill}/lines"),
        *(
            f"{bill}/push",
            f"{bill}/read-again",
            "/bills/unmatched",
            "/bills/unmatched/settled",
            "/bills/unmatched/rule",
        ),
        *("/bills/unmatched/resource?key=name:web", "/bills/months?until=2026-04", "/payables"),
    ]
    barriers, wide = {}, []
    for path in paths:
        await desk.open(path)
        barriers[path] = await desk.violations()
    assert {path: each for path, each in barriers.items() if each} == {}
    phone = await visit(Role.MANAGER, locale=language, color_scheme=theme, **PHONE)
    for path in paths:
        await phone.open(path)
        if await phone.is_wider_than_the_window():
            wide.append(path)
    assert wide == []
