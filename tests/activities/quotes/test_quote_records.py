"""The read model, the numbers and the documents of quotes, on a real PostgreSQL."""

import asyncio
import hashlib
import io
from datetime import date
from uuid import uuid4

import pikepdf
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from activities.ledger.recorded_history import require_recorded
from activities.quotes import record
from activities.quotes.numbering import QuoteNumbering
from activities.quotes.projection import QuoteProjection
from models.audit.hash_chain import Event, first_break
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.ports import QuoteNumberRequest, RenderQuote
from models.quotes.quote.quote import Quote
from models.quotes.quote.tables import QuoteEventRow, QuoteRow
from models.values.failure_codes import Failure
from tests.activities.quotes.conftest import QuotePlace, request_of, run
from tests.fixtures.quotes import accepted, content, draft, sent, typed


async def row_of(engine: AsyncEngine, quote: Quote) -> QuoteRow:
    async with engine.connect() as connection:
        found = (await connection.execute(select(*QuoteRow.__table__.c).where(col(QuoteRow.id) == quote.id))).one()  # type: ignore[attr-defined]
    return QuoteRow(**found._mapping)


async def events_of(engine: AsyncEngine, quote: Quote) -> list[Event]:
    query = select(col(QuoteEventRow.event)).where(col(QuoteEventRow.quote_id) == quote.id)
    async with engine.connect() as connection:
        return [Event.model_validate(each) for each in await connection.scalars(query.order_by(col(QuoteEventRow.seq)))]


async def test_states_may_arrive_in_any_order(engine: AsyncEngine) -> None:
    first = draft(quote_id=str(uuid4()))
    second = sent(first)
    third = accepted(second)
    projection = QuoteProjection(engine)
    for quote in (third, first, second, third):
        await run(projection.project, quote)
    row = await row_of(engine, third)
    assert (row.status, row.revision, row.number, str(row.total_amount)) == (
        "accepted",
        third.revision,
        "Q-2026-7",
        "1000.0000",
    )
    assert Quote.model_validate(row.state) == third.model_copy(update={"journal": ()})
    events = await events_of(engine, third)
    assert first_break(events) is None
    assert (len(events), events[-1].hash) == (third.revision, third.chain)


async def test_a_first_state_that_is_saved_many_times_at_once_is_one_row(engine: AsyncEngine) -> None:
    quote = draft(quote_id=str(uuid4()))
    saved = await asyncio.gather(*(run(QuoteProjection(engine).project, quote) for _ in range(8)))
    assert {each.revision for each in saved} == {1}


async def test_another_history_is_refused(engine: AsyncEngine) -> None:
    quote = draft(quote_id=str(uuid4()))
    await run(QuoteProjection(engine).project, quote)
    other = draft(content(typed("Other")), quote.id)
    event = other.journal[0].model_copy(update={"hash": "f" * 64})
    with pytest.raises(ApplicationError) as refused:
        await run(QuoteProjection(engine).project, other.model_copy(update={"journal": (event,)}))
    assert refused.value.type == Failure.AUDIT_BROKEN


@pytest.mark.parametrize("table", ["quote_events", "quote_versions"])
async def test_records_cannot_be_rewritten(engine: AsyncEngine, place: QuotePlace, table: str) -> None:
    await place.sent()
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with engine.begin() as connection:
                await connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM quote_events WHERE quote_id = :id AND seq = 2", "event 2"),
        ("DELETE FROM quote_events WHERE quote_id = :id", "it has 0 events"),
        ("UPDATE quote_events SET event = event - 'by' WHERE quote_id = :id AND seq = 1", "no longer one"),
    ],
)
async def test_an_altered_trail_is_found(engine: AsyncEngine, statement: str, reason: str) -> None:
    quote = sent(draft(quote_id=str(uuid4())))
    await run(QuoteProjection(engine).project, quote)
    assert await record.break_of(engine, quote) is None
    async with engine.connect() as connection:
        await connection.execute(text("ALTER TABLE quote_events DISABLE TRIGGER USER"))
        await connection.execute(text(statement), {"id": quote.id})
        await connection.commit()
        try:
            assert reason in (await record.break_of(engine, quote) or "")
        finally:
            await connection.execute(text("ALTER TABLE quote_events ENABLE TRIGGER USER"))
            await connection.commit()


async def test_numbers_of_a_year_have_no_gap_and_a_new_year_begins_anew(engine: AsyncEngine) -> None:
    """The series is shared with other tests, so only the difference to the first number is known."""
    numbering = QuoteNumbering(engine)

    async def take(quote_id: str, year: int) -> str:
        number = await run(numbering.take_number, QuoteNumberRequest(quote_id=quote_id, issued_on=date(year, 1, 2)))
        return str(number.display)

    ids = [str(uuid4()) for _ in range(20)]
    taken = await asyncio.gather(*(take(each, 2091) for each in ids))
    assert sorted(taken, key=lambda each: int(each.rpartition("-")[2])) == [f"Q-2091-{n}" for n in range(1, 21)]
    assert await take(ids[3], 2091) == taken[3]
    assert await take(str(uuid4()), 2092) == "Q-2092-1"


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_same_version_gives_the_same_bytes(place: QuotePlace, language: str) -> None:
    quote = await place.sent(content(language=language))
    pdf = await place.store.pdf(quote.versions[0].digest)
    assert hashlib.sha256(pdf).hexdigest() == quote.versions[0].document.sha256
    again = RenderQuote(
        quote_id=quote.id,
        number=quote.display_number or "",
        version=1,
        digest=quote.versions[0].digest,
        content=quote.content,
    )
    assert (await place.documents.pdf(again)).content == pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert str(opened.docinfo["/Title"]).endswith(quote.display_number or "")
        assert str(opened.Root.Lang) == language
        assert str(opened.docinfo["/CreationDate"]) == "D:20260302000000Z"


async def test_the_ledger_executes_nothing_of_another_history(place: QuotePlace, engine: AsyncEngine) -> None:
    quote = await place.sent()
    request = request_of(quote, QuoteEffectName.ARCHIVE, year="2026")
    await require_recorded(engine, request)
    with pytest.raises(ApplicationError) as refused:
        await require_recorded(engine, request.model_copy(update={"chain": "f" * 64}))
    assert refused.value.type == Failure.AUDIT_BROKEN
