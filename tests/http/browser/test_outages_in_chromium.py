"""Temporal, PostgreSQL, ClickHouse and the worker stopped one at a time while pages are open, on a stack of its own.

Each page says what does not answer and what still works, and recovers by itself.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import clickhouse_connect
import pytest
from alembic import command
from playwright.async_api import Page, expect
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.database import engine as database
from activities.invoice.projection import InvoiceProjection
from api.app import create_app
from api.health import readiness
from api.invoice.repository import InvoiceRepository
from api.pages import outages
from local import demo_data
from local.stack.port_allocation import free_port
from local.stack.stack import Stack
from models.access.roles import Role
from models.access.tables import User
from models.invoice.invoice import Invoice
from settings import ApiSettings, AuthSettings, ClickHouseSettings, Settings, TemporalSettings
from tests.fixtures.clickhouse import DEMO_TODAY
from tests.fixtures.postgres import alembic_config
from tests.http.browser.serving import served
from tests.http.browser.visits import Visit
from tests.http.callers import HASHED, NAMES, draft_of
from worker import running
from workflows.client import restore
from workflows.client.connection import connect
from workflows.client.workers import without_worker

pytestmark = pytest.mark.browser
WITHIN = 120_000  # milliseconds
# A command that nobody carries out is answered after so long.
ANSWER_SECONDS = 4
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
        clickhouse = clickhouse_connect.get_client(dsn=made.env["AKTUM_CLICKHOUSE__URL"])
        demo_data.load(clickhouse, today=DEMO_TODAY)
        clickhouse.close()
        yield made


@pytest.fixture(scope="module")
async def stack_settings(stack: Stack) -> Settings:
    env = stack.env
    return Settings(
        database_url=SecretStr(stack.describe()["postgres"]),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        temporal=TemporalSettings(address=env["AKTUM_TEMPORAL__ADDRESS"]),
        clickhouse=ClickHouseSettings(url=SecretStr(env["AKTUM_CLICKHOUSE__URL"])),
        api=ApiSettings(update_timeout_seconds=ANSWER_SECONDS),
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


@pytest.fixture(scope="module")
async def temporal(stack: Stack) -> Client:
    return await connect(stack.env["AKTUM_TEMPORAL__ADDRESS"], "default")


@pytest.fixture
async def draft(stack_engine: AsyncEngine, temporal: Client, key: str) -> Invoice:
    """A recorded draft, with a workflow that continues it as soon as a worker runs."""
    made = draft_of(key)
    await InvoiceProjection(stack_engine).project(made)
    await restore.start(temporal, made)
    return made


async def reads(page: Page) -> None:
    """Open the lists that PostgreSQL answers alone. Each tells the outage and shows what it has."""
    for path, heading in (("/invoices", "Invoices"), ("/bills", "Vendor bills"), ("/payables", "Payables")):
        await page.goto(path)
        await expect(page.locator("h1")).to_have_text(heading)
        await expect(page.locator(".outage")).to_have_count(1)


async def test_temporal_and_the_worker_stop(
    stack: Stack, stack_settings: Settings, draft: Invoice, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await visit(Role.EDITOR)
    page, invoice = desk.page, f"/invoices/{draft.id}"
    finalise = page.get_by_role("link", name="Finalise")
    async with running(stack_settings):
        await desk.open(invoice)
        await tells(page)
        await asyncio.to_thread(stack.stop_component, "temporal")
        await tells(page, "Temporal does not answer: reading works")
        await expect(finalise).to_have_attribute("aria-disabled", "true")
        assert await desk.violations() == []
        await reads(page)
        await page.goto(invoice)
        await asyncio.to_thread(stack.start_component, "temporal")
        await tells(page)
        await expect(finalise).not_to_have_attribute("aria-disabled", "true")
    # A worker counts as running for more than a minute after its last poll, for which the test does not wait.
    with monkeypatch.context() as patch:
        patch.setattr(readiness, "without_worker", partial(without_worker, recent=timedelta(seconds=1)))
        await tells(page, "No worker is running: what you send waits")
        await expect(finalise).not_to_have_attribute("aria-disabled", "true")
        assert await desk.violations() == []
        await reads(page)
    desk.complaints.clear()  # Chromium reports what was answered 503 while Temporal was down
    async with running(stack_settings):
        await tells(page)


async def test_clickhouse_and_postgresql_stop(
    stack: Stack, stack_settings: Settings, draft: Invoice, visit: Visit
) -> None:
    desk = await visit(Role.EDITOR)
    page, rows = desk.page, desk.page.locator("table.registry tbody tr")
    async with running(stack_settings):
        await desk.open(f"/invoices?q={draft.content.subject_key}")
        await tells(page)
        await asyncio.to_thread(stack.stop_component, "clickhouse")
        await tells(page, "ClickHouse does not answer: contracts and worklogs cannot be read")
        await page.reload()
        await expect(rows).to_have_count(1)
        other = await page.context.new_page()
        await other.goto("/clients")
        await expect(other.locator("#down h2")).to_have_text(re.compile("^ClickHouse does not answer, so contracts"))
        await asyncio.to_thread(stack.start_component, "clickhouse")
        await tells(page)
        await expect(other.locator("main table tbody tr").first).to_be_visible(timeout=WITHIN)
        await other.close()

        desk.complaints.clear()  # Chromium reports what was answered 503
        await asyncio.to_thread(stack.stop_component, "postgres")
        await tells(page, "PostgreSQL does not answer: nothing can be read or changed")
        await expect(rows).to_have_count(1)
        other = await page.context.new_page()
        await other.goto("/bills")
        desk.expect_complaint("503")
        await expect(other.locator("h1")).to_have_text("A part of the system does not answer")
        await asyncio.to_thread(stack.start_component, "postgres")
        await tells(page)
        await expect(other.locator("h1")).to_have_text("Vendor bills", timeout=WITHIN)


async def test_a_command_without_a_worker_is_settled_once_when_one_is_back(
    stack_settings: Settings, stack_engine: AsyncEngine, draft: Invoice, visit: Visit
) -> None:
    desk = await visit(Role.MANAGER)
    page, dialog = desk.page, desk.page.locator("#command-dialog")
    unknown = page.get_by_role("heading", name="We do not know yet whether this was done")
    async with running(stack_settings):
        await desk.open(f"/invoices/{draft.id}")
    await page.locator("summary.button", has_text="More").click()
    await page.get_by_role("link", name="Hold").click()
    await dialog.locator("[name=reason]").fill("The client asks for another division.")
    await dialog.get_by_role("button", name="Hold").click()
    await expect(unknown).to_be_visible(timeout=WITHIN)
    await expect(page.get_by_role("alert")).to_contain_text("Do not repeat it another way")
    desk.expect_complaint("504")
    assert await desk.violations() == []
    await page.get_by_role("button", name="Ask again").click()
    await page.wait_for_load_state()
    await expect(unknown).to_be_visible(timeout=WITHIN)
    desk.expect_complaint("504")
    async with running(stack_settings):
        await expect(page.get_by_role("status")).to_contain_text("It was done.", timeout=WITHIN)
        await page.get_by_role("button", name="Ask again").click()
        await page.wait_for_url("**?done=*", timeout=WITHIN)
    events = await InvoiceRepository(stack_engine).events(draft.id)
    assert [event.action for event in events].count("hold") == 1
