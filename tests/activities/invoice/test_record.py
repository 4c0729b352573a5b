"""The record of all invoices: what is open in it, whether its audit trails are whole, and its columns written anew."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database import engine as database
from activities.invoice import record
from activities.invoice.projection import InvoiceProjection
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.fixtures.database_invoices import CREATED, events, invoice

S = Status


@pytest.fixture
async def own_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine of a database for one test, because the record is read as a whole."""
    engine = database.create_engine(empty_database_url)
    yield engine
    await engine.dispose()


def effect(state: EffectState) -> Effect:
    return Effect(key="e", name=EffectName.ARCHIVE, state=state, owed_at=CREATED, revision=1)


async def saved(engine: AsyncEngine, made: Invoice) -> Invoice:
    await InvoiceProjection(engine).project(made)
    return made


async def test_open_are_those_for_which_a_workflow_must_run(own_engine: AsyncEngine) -> None:
    ended = (S.CLOSED, S.VOID, S.DISCARDED)
    by_status = {status: await saved(own_engine, invoice(status=status)) for status in S}
    unfinished = [
        await saved(own_engine, invoice(status=S.VOID, effects=(effect(state),)))
        for state in (EffectState.PENDING, EffectState.FAILED, EffectState.UNKNOWN)
    ]
    for state in (EffectState.DONE, EffectState.SKIPPED):
        await saved(own_engine, invoice(status=S.CLOSED, effects=(effect(state),)))
    found = await record.open_invoices(own_engine)
    expected = {made.id for status, made in by_status.items() if status not in ended}
    assert {each.id for each in found} == expected | {made.id for made in unfinished}
    assert [each.id for each in found] == sorted(each.id for each in found)
    [draft] = [each for each in found if each.id == by_status[S.DRAFT].id]
    made = by_status[S.DRAFT]
    assert (draft.workflow_id, draft.revision, draft.chain) == (made.workflow_id, 1, made.chain)
    assert draft.name == made.workflow_id  # it has no number


async def test_more_than_a_page(own_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "PAGE", 2)
    made = {(await saved(own_engine, invoice())).id for _ in range(5)}
    assert {each.id for each in await record.open_invoices(own_engine)} == made
    assert {each.id async for each in record.recorded_states(own_engine)} == made
    assert await record.count(own_engine) == 5


def with_trail(count: int = 3) -> Invoice:
    journal = events(count)
    return invoice(revision=count, journal=journal, chain=journal[-1].hash)


async def test_an_unbroken_trail(own_engine: AsyncEngine) -> None:
    made = await saved(own_engine, with_trail())
    assert await record.break_of(own_engine, made) is None


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM invoice_events WHERE seq = 2", "event 2"),
        ("DELETE FROM invoice_events WHERE seq = 3", "it has 2 events, and its state is at revision 3"),
        ("DELETE FROM invoice_events", "it has 0 events"),
        ("""UPDATE invoice_events SET event = jsonb_set(event, '{by}', '"nobody"') WHERE seq = 1""", "event 1"),
    ],
)
async def test_a_broken_trail(own_engine: AsyncEngine, statement: str, reason: str) -> None:
    made = await saved(own_engine, with_trail())
    async with own_engine.begin() as connection:
        await connection.execute(text("ALTER TABLE invoice_events DISABLE TRIGGER USER"))
        await connection.execute(text(statement))
    assert reason in (await record.break_of(own_engine, made) or "")


async def test_a_trail_that_ends_in_another_event_than_the_state(own_engine: AsyncEngine) -> None:
    made = await saved(own_engine, with_trail())
    other = made.model_copy(update={"chain": "f" * 64})
    assert "event 3" in (await record.break_of(own_engine, other) or "")


async def test_columns_are_written_anew_from_the_state(own_engine: AsyncEngine) -> None:
    made = await saved(own_engine, invoice(due=date(2026, 5, 16)))
    assert not await record.rewrite_row(own_engine, made)
    async with own_engine.begin() as connection:
        await connection.execute(text("UPDATE invoices SET total_amount = 1, due_date = NULL, status = 'void'"))
    assert await record.rewrite_row(own_engine, made)
    async with own_engine.connect() as connection:
        row = (await connection.execute(text("SELECT total_amount, due_date, status, revision FROM invoices"))).one()
    assert tuple(row) == (Decimal("15000000.00"), date(2026, 5, 16), "draft", 1)
    assert not await record.rewrite_row(own_engine, made)


async def test_a_newer_revision_is_not_overwritten(own_engine: AsyncEngine) -> None:
    made = await saved(own_engine, invoice())
    await saved(own_engine, made.model_copy(update={"revision": 2, "status": S.NEEDS_REVIEW}))
    assert not await record.rewrite_row(own_engine, made)


async def test_workflows_that_no_invoice_has(own_engine: AsyncEngine) -> None:
    made = await saved(own_engine, invoice())
    assert await record.missing(own_engine, [made.workflow_id, "service-invoice.x.2026-02"]) == [
        "service-invoice.x.2026-02"
    ]
