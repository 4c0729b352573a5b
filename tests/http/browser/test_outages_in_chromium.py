"""Temporal, PostgreSQL, ClickHouse and the worker stopped one at a time while pages are open, on a stack of its own.

Each page says what does not answer and what still works, and recovers by itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic import command
from playwright.async_api import Page, expect
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database import engine as database
from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from api.pages import outages
from local.stack.port_allocation import free_port
from local.stack.stack import Stack
from models.access.roles import Role
from models.access.tables import User
from settings import AuthSettings, ClickHouseSettings, Settings, TemporalSettings
from tests.fixtures.postgres import alembic_config
from tests.http.browser.serving import served
from tests.http.browser.visits import Visit
from tests.http.callers import HASHED, NAMES, draft_of
from worker import running

pytestmark = pytest.mark.browser
WITHIN = 60_000  # milliseconds
# Asks as the page does by itself every 10 or 30 seconds, until it tells so many outages.
ASK = """(wanted) => {
    htmx.trigger("#outages", "check");
    return document.querySelectorAll(".outage").length === wanted;
}"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}
    parts = {"postgres", "temporal", "clickhouse"}
    with (
        TemporaryDirectory(prefix="aktum-outages-") as directory,
        Stack(Path(directory) / "state", parts, clean) as made,
    ):
        made.start()
        command.upgrade(alembic_config(made.describe()["postgres"]), "head")
        yield made


@pytest.fixture(scope="module")
async def stack_settings(stack: Stack) -> Settings:
    env = stack.env
    return Settings(
        database_url=SecretStr(stack.describe()["postgres"]),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        temporal=TemporalSettings(address=env["AKTUM_TEMPORAL__ADDRESS"]),
        clickhouse=ClickHouseSettings(url=SecretStr(env["AKTUM_CLICKHOUSE__URL"])),
    )


@pytest.fixture(scope="module")
async def stack_engine(stack_settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = database.create_engine(stack_settings.database_url.get_secret_value())
    rows = [{"username": name, "password_hash": HASHED, "role": role.value} for role, name in NAMES.items()]
    async with engine.begin() as connection:
        await connection.execute(insert(User), rows)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
def address(stack_settings: Settings, stack_engine: AsyncEngine) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outages, "FRESH", 0)
        with served(create_app(stack_settings), free_port(set())) as address:
            yield address


async def tells(page: Page, *titles: str) -> None:
    """Wait until the page tells these outages and no other ones."""
    await page.wait_for_function(ASK, arg=len(titles), polling=300, timeout=WITHIN)
    for outage, title in zip(await page.locator(".outage h2").all_inner_texts(), titles, strict=True):
        assert title in outage


async def test_each_part_that_stops_is_told_and_pages_recover(
    stack: Stack, stack_settings: Settings, stack_engine: AsyncEngine, visit: Visit
) -> None:
    draft = draft_of("APP-001")
    await InvoiceProjection(stack_engine).project(draft)
    desk = await visit(Role.EDITOR)
    page, invoice = desk.page, f"/invoices/{draft.id}"
    await desk.open(invoice)
    await tells(page, "No worker is running")
    assert await desk.violations() == []
    async with running(stack_settings):
        await tells(page)
        await asyncio.to_thread(stack.stop_component, "temporal")
        await tells(page, "Temporal does not answer: reading works")
        finalise = page.get_by_role("link", name="Finalise")
        await expect(finalise).to_have_attribute("aria-disabled", "true")
        for path, heading in (("/invoices", "Invoices"), ("/bills", "Vendor bills"), ("/payables", "Payables")):
            await page.goto(path)
            await expect(page.locator("h1")).to_have_text(heading)
            await expect(page.locator(".outage")).to_have_count(1)
        await page.goto(invoice)
        await asyncio.to_thread(stack.start_component, "temporal")
        await tells(page)
        await expect(finalise).not_to_have_attribute("aria-disabled", "true")

        await asyncio.to_thread(stack.stop_component, "clickhouse")
        await tells(page, "ClickHouse does not answer")
        await page.goto("/invoices")
        await expect(page.locator("table.registry tbody tr")).to_have_count(1)
        await asyncio.to_thread(stack.start_component, "clickhouse")
        await tells(page)

    desk.complaints.clear()  # Chromium reports what was answered 503 while Temporal was down
    await asyncio.to_thread(stack.stop_component, "postgres")
    await tells(page, "PostgreSQL does not answer")
    await expect(page.locator("table.registry tbody tr")).to_have_count(1)
    await page.goto("/bills")
    desk.expect_complaint("503")
    await expect(page.locator("h1")).to_have_text("A part of the system does not answer")
    await asyncio.to_thread(stack.start_component, "postgres")
    await expect(page.locator("h1")).to_have_text("Vendor bills", timeout=WITHIN)
