"""Every page of the desk that links lead to, once on a phone: not wider than the window, and nothing complains."""

from typing import NamedTuple

import httpx
import pytest
from fastapi.routing import APIRoute
from playwright.async_api import Page

from activities.invoice.projection import InvoiceProjection
from api.pages.registry.bulk import BULK
from api.pages.settings.areas import AREAS
from api.pages.site import ROUTERS
from benchmarks.desk.crawl import FIRST, Crawl
from models.access.roles import Role
from models.invoice.status import Status
from tests.http.browser.visits import Visit
from tests.http.callers import Caller, Rules, data_of, draft_of
from tests.http.pages.desk_visits import changed
from tests.http.pages.partner_data import made_partner, received
from tests.http.pages.test_run_pages import run
from tests.http.quotes.margin_data import known_work, project_issued, records_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
PHONE = {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"}
# Files, the public page of a quote (it has a test of its own), a part of each page, and the page before all others.
NO_AREAS = {"assets", "q", "outages", "login"}
# The document of an invoice is a sheet of paper, which the page of the invoice shows in a frame.
SHEET = "/invoices/{invoice_id}/preview"
# The archive of this desk is empty. Which invoice is opened first, and whether it is one with a document, varies.
PDF = "/invoices/{invoice_id}/pdf"
# The worklogs of a line are in ClickHouse, which this desk does not have.
WORKLOGS = "/invoices/{invoice_id}/lines/{line}"


class Made(NamedTuple):
    """`batch` are the fields of the form that puts an order into a batch."""

    batch: dict[str, str]
    kpi_rule: str
    invoices: list[str]

    def forms(self) -> list[str]:
        """Return the addresses of forms that are one kind of page for the crawl, or that no link leads to."""
        chosen = "&".join(f"id={each}" for each in self.invoices)
        rule = f"/partners/kpi-rules/{self.kpi_rule}"
        areas = (page.address if page.kind.is_single else f"{page.address}/new" for page in AREAS.values())
        bulk = (f"/invoices/bulk/{command}?{chosen}" for command in BULK)
        return [*areas, *bulk, rule, *(f"{rule}/{each}" for each in ("edit", "follow", "delete"))]


@pytest.fixture
async def something_of_each(
    rules: Rules,
    callers: dict[Role, Caller],
    key: str,
    records: InvoiceProjection,
    monkeypatch: pytest.MonkeyPatch,
) -> Made:
    """Invoices of three states, a contract with its margin, partners with an order, and the settings of an admin."""
    invoices = []
    for letter, status in (("D", Status.DRAFT), ("R", Status.NEEDS_REVIEW), ("S", Status.SENT)):
        invoices.append((await rules.put(changed(draft_of(f"{key}-{letter}"), status=status))).id)
    rules.runs = [run(created=2)]
    known_work(monkeypatch, records_of(key))
    await project_issued(records, key, records_of(key))
    admin = callers[Role.ADMIN]
    partner = await made_partner(callers[Role.MANAGER], admin)
    shop = await made_partner(callers[Role.MANAGER], admin, invoice_format="batch")
    order_key = await received(callers[Role.EDITOR], shop)
    rule = {"partner": partner, "exceeded_penalty": "10", "valid_from": "2026-01-01"}
    kpi_rule = data_of(await admin.post("/settings/kpi-rules", rule), 201)["key"]
    data_of(await admin.post("/settings/api-keys", {"name": key, "role": "viewer"}), 201)
    data_of(await admin.post("/webhook-endpoints", {"url": "https://erp.example.com/hook"}), 201)
    return Made({"partner_key": shop, "order_key": order_key, "key": f"batch-{key}"}, kpi_rule, invoices)


async def test_no_page_is_wider_than_a_phone(something_of_each: Made, visit: Visit, address: str) -> None:
    """The lists of an area with other filters or in another order are the same page."""
    desk = await visit(Role.ADMIN, **PHONE)
    opened, wide, failed = set[str](), list[str](), list[tuple[str, int]]()

    async def look_at(page: str) -> None:
        answer = await desk.page.goto(page)
        if answer is None or answer.status >= 400:
            failed.append((page, answer.status if answer else 0))
        if await desk.is_wider_than_the_window():
            wide.append(page)

    async with httpx.AsyncClient(base_url=address, timeout=120, headers=await cookie_of(desk.page)) as client:
        headers = {"Sec-Fetch-Site": "same-origin"}
        placed = await client.post("/orders/into-batch", data=something_of_each.batch, headers=headers)
        walk = Crawl(client, of_a_kind=1, named=(), waiting=[*FIRST, placed.headers["Location"]])
        async for found in walk.pages():
            route = found.kind.partition("?")[0]
            if route in opened | {SHEET, PDF, WORKLOGS} or "<html" not in found.response.text:
                continue  # parts that a page loads are looked at in it
            if found.response.status_code >= 400:
                failed.append((found.address, found.response.status_code))
            else:
                opened.add(route)
                await look_at(found.address)
    for form in something_of_each.forms():
        await look_at(form)
    assert wide == []
    assert failed == []
    assert {area(each) for each in opened} | NO_AREAS == areas(), sorted(opened)


async def cookie_of(page: Page) -> dict[str, str]:
    """Return the session of the window, for a client that opens the same pages."""
    return {"Cookie": "; ".join(f"{each['name']}={each['value']}" for each in await page.context.cookies())}


def areas() -> set[str]:
    return {
        area(route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    }


def area(path: str) -> str:
    """Return the first name of an address, without the ending of a file."""
    return path.split("/")[1].partition(".")[0]
