"""The desk in a real Chromium, on a server of its own with the stand-in for Temporal.

The tests are skipped where Chromium is missing, and say so. AKTUM_TEST_ENGINES=required makes that a failure.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from api.deps import AppState
from api.pages.outages import Outages
from local.stack.port_allocation import free_port
from models.access.roles import Role
from settings import Settings
from tests.http.browser.serving import served
from tests.http.browser.visits import Desk, Visit
from tests.http.callers import NAMES, PASSWORD, Caller
from tests.http.registry.registry_rows import rows, store

# The 5 seconds of Playwright are too short on a loaded machine; a condition that never comes ends a test all the same.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def address(api_settings: Settings, registry_url: str, registry_engine: AsyncEngine) -> Iterator[str]:
    """The address of a desk whose database belongs to the tests of one module."""
    settings = api_settings.model_copy(update={"database_url": SecretStr(registry_url)})
    app = create_app(settings)  # with the real clock, because PyJWT uses it when it reads the cookie
    app.state.outages = Outages(_all_well)
    with served(app, free_port(set())) as address:
        yield address


async def _all_well(_: AppState) -> dict[str, str]:
    """The services that these tests stand in for do not answer, and no page has to tell it."""
    return {}


@pytest.fixture
def records(registry_engine: AsyncEngine) -> InvoiceProjection:
    return InvoiceProjection(registry_engine)


@pytest.fixture(scope="module")
async def many_rows(registry_engine: AsyncEngine) -> None:
    """Rows of the registry. They have no content, so none waits for a review, which would show it."""
    await store(registry_engine, [row for row in rows(140) if row["status"] != "needs_review"])


@pytest.fixture
async def visit(browser: Browser, address: str) -> AsyncIterator[Visit]:
    """Open the desk as a role, and check at the end that no page has complained or asked another host."""
    opened: list[tuple[BrowserContext, list[str]]] = []

    async def open_desk(role: Role | None, **options: Any) -> Desk:
        context = await browser.new_context(base_url=address, **{"locale": "en-GB", **options})
        complaints: list[str] = []
        opened.append((context, complaints))
        context.on("page", lambda page: _listen(page, address, complaints))
        page = await context.new_page()
        desk = Desk(page, complaints)
        if role is not None:
            await desk.sign_in(NAMES[role], PASSWORD)
        return desk

    yield open_desk
    for context, complaints in opened:
        await context.close()
        assert complaints == []


@pytest.fixture
async def callers(address: str, registry_engine: AsyncEngine) -> AsyncIterator[dict[Role, Caller]]:
    """Callers of the API of this module's desk."""
    del registry_engine  # its users
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        found = {}
        for role, name in NAMES.items():
            answer = await http.post("/api/v1/auth/login", json={"username": name, "password": PASSWORD})
            found[role] = Caller(http, {"Authorization": f"Bearer {answer.json()['data']['token']}"})
        yield found


def _listen(page: Page, address: str, complaints: list[str]) -> None:
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: _same_host(request.url, address, complaints))


def _same_host(url: str, address: str, complaints: list[str]) -> None:
    if not url.startswith((address, "data:", "about:")):
        complaints.append(f"a request leaves the host: {url}")
