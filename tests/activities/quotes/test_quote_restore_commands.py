"""`aktum quotes check` and `aktum quote restore` on a real PostgreSQL and a real Temporal server."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.database import engine as database
from activities.issuer.numbering import issued_number
from activities.quotes import record
from activities.quotes.numbering import QuoteNumbering
from activities.quotes.projection import QuoteProjection
from models.access.roles import Role
from models.quotes.quote.commands import WithdrawQuote
from models.quotes.quote.ports import QuoteNumberRequest
from models.quotes.quote.tables import QuoteRow
from operations.quotes.restoring import check_all, restore_one
from operations.quotes.saving import save_ahead
from tests.activities.quotes.conftest import run
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.quote_activities import InMemoryQuotes, QuoteDriver
from tests.fixtures.quotes import content, do, draft
from worker import build_worker
from workflows.client.restore import NotRestored, Standing
from workflows.client.workers import WORKFLOWS, without_worker
from workflows.runtime import ids

WITHDRAW = WithdrawQuote(by="boss", role=Role.MANAGER, reason="sold out")


@pytest.fixture
async def own_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine of a database for one test, because the check reads all quotes."""
    engine = database.create_engine(empty_database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def driver(own_temporal: Client, own_engine: AsyncEngine) -> AsyncIterator[QuoteDriver]:
    """The driver of a new draft that is recorded in the database."""
    quotes = InMemoryQuotes()
    in_database: list[Callable[..., Any]] = [
        QuoteProjection(own_engine).project,
        QuoteNumbering(own_engine).take_number,
    ]
    activities = [*in_database, *(each for each in quotes.all() if each not in (quotes.project, quotes.take_number))]
    async with build_worker(own_temporal, activities, ids.TASK_QUEUE):
        await eventually(lambda: without_worker(own_temporal, WORKFLOWS), lambda lacking: not lacking)
        valid_until = (datetime.now(UTC) + timedelta(days=30)).date()
        yield await QuoteDriver.open(own_temporal, quotes, ids.TASK_QUEUE, content(valid_until=valid_until))


async def test_a_lost_quote_is_found_and_restored_by_its_number(driver: QuoteDriver, own_engine: AsyncEngine) -> None:
    sent = await driver.send()
    await driver.until_settled()
    assert await check_all(driver.client, own_engine) == ([], 1, True)
    await driver.handle.terminate("by mistake")
    findings, _, _ = await check_all(driver.client, own_engine)
    assert [(each.recorded.id, each.standing) for each in findings] == [(sent.id, Standing.GONE)]
    assert sent.display_number is not None
    said = await restore_one(driver.client, own_engine, sent.display_number.lower(), replace=False)
    assert "continues from the recorded state: sent" in said
    assert await check_all(driver.client, own_engine) == ([], 1, True)
    again = await restore_one(driver.client, own_engine, sent.id, replace=False)
    assert "nothing was restored" in again
    continued = await driver.state()
    assert continued.notes[-1].text.startswith("Restored from the recorded state")
    assert (await driver.accept()).status == "accepted"


async def test_a_number_that_was_taken_and_not_recorded_stays_with_the_quote(
    driver: QuoteDriver, own_engine: AsyncEngine
) -> None:
    quote = await driver.state()
    request = QuoteNumberRequest(quote_id=quote.id, issued_on=quote.content.issued_on)
    taken = await run(QuoteNumbering(own_engine).take_number, request)
    await driver.handle.terminate("by mistake")
    await restore_one(driver.client, own_engine, quote.workflow_id, replace=False)
    assert (await driver.state()).number == taken == await issued_number(own_engine, quote.id)
    assert await check_all(driver.client, own_engine) == ([], 1, True)
    assert (await driver.send()).display_number == taken.display


async def test_a_quote_that_is_ahead_of_an_older_backup_is_saved_from_its_workflow(
    driver: QuoteDriver, own_engine: AsyncEngine
) -> None:
    """The row of revision 1 is put back, as a restore of PostgreSQL does; the workflow has no reason to save again."""
    draft_row = await row_of(own_engine)
    sent = await driver.send()
    await driver.until_settled()
    assert await save_ahead(driver.client, own_engine) == ([], [])
    await put_back(own_engine, draft_row)
    findings, _, _ = await check_all(driver.client, own_engine)
    assert [each.standing for each in findings] == [Standing.AHEAD]
    assert await save_ahead(driver.client, own_engine) == ([sent.workflow_id], [])
    saved = await record.find_quote(own_engine, sent.id)
    assert saved is not None
    assert saved.status == "sent"
    assert await check_all(driver.client, own_engine) == ([], 1, True)


async def row_of(engine: AsyncEngine) -> dict[str, Any]:
    columns = [column for column in QuoteRow.__table__.c if column.name != "search"]  # type: ignore[attr-defined]
    async with engine.connect() as connection:
        return dict((await connection.execute(select(*columns))).mappings().one())


async def put_back(engine: AsyncEngine, row: dict[str, Any]) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(QuoteRow).values(row))


async def test_a_finished_or_unknown_quote_is_not_restored(driver: QuoteDriver, own_engine: AsyncEngine) -> None:
    withdrawn = do(draft(quote_id=str(uuid4())), WITHDRAW)
    await run(QuoteProjection(own_engine).project, withdrawn)
    assert await check_all(driver.client, own_engine) == ([], 1, True)  # the draft of the driver alone
    assert len(await record.of_workflows(own_engine, [withdrawn.workflow_id])) == 1
    for name, why in ((withdrawn.id, "withdrawn"), ("Q-1999-1", "no such quote")):
        with pytest.raises(NotRestored, match=why):
            await restore_one(driver.client, own_engine, name, replace=False)
