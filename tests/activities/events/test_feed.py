"""The feed on a real PostgreSQL: no event is skipped or taken twice, however late it is committed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.database import engine as database
from activities.events.feed import NOTHING_NEW, EventFeed, events_after, pass_to, publish
from activities.invoice.projection import InvoiceProjection
from activities.quotes.projection import QuoteProjection
from models.events.payloads import AnyRecordedEvent
from models.events.ports import FeedRequest, Passed
from models.events.quote_payloads import RecordedQuoteEvent
from models.invoice.invoice import Invoice
from tests.fixtures.database_invoices import events, invoice
from tests.fixtures.quotes import draft, sent

INSERT = text(
    """
    INSERT INTO invoice_events (invoice_id, seq, at, by, action, status_before, status_after, event, previous, hash)
    SELECT invoice_id, :seq, at, by, action, status_before, status_after,
        jsonb_set(event, '{seq}', to_jsonb(CAST(:seq AS int))), hash, hash || :seq
    FROM invoice_events WHERE invoice_id = :invoice AND seq = 1
    """
)


@dataclass
class Consumer:
    """A consumer that keeps what it gets, and fails where a test asks for it."""

    name: str = "test"
    got: list[AnyRecordedEvent] = field(default_factory=list)
    refuses: Exception | None = None
    started: int = 0

    async def store(self, connection: AsyncConnection, events: Sequence[AnyRecordedEvent]) -> None:
        await connection.execute(text("CREATE TABLE IF NOT EXISTS stored (at text PRIMARY KEY)"))
        for event in events:
            await connection.execute(text("INSERT INTO stored VALUES (:at)"), {"at": f"{self.name} {event.position}"})
        if self.refuses:
            raise self.refuses
        self.got += events

    async def start_deliveries(self, temporal: Client) -> int:
        started, self.started = self.started, 0
        return started


@pytest.fixture
async def own_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = database.create_engine(empty_database_url)
    yield engine
    await engine.dispose()


async def record(engine: AsyncEngine, count: int = 1) -> Invoice:
    """Record an invoice with so many events."""
    made = invoice(revision=count, journal=events(count))
    await InvoiceProjection(engine).project(made)
    return made


async def read(engine: AsyncEngine, position: int = 0, limit: int = 200) -> list[tuple[str, int]]:
    async with engine.connect() as connection:
        return [(each.subject_id, each.event.seq) for each in await events_after(connection, position, limit)]


async def test_the_events_of_an_invoice_come_in_order_and_once(own_engine: AsyncEngine) -> None:
    made = await record(own_engine, 3)
    await InvoiceProjection(own_engine).project(made)  # a repetition
    assert await read(own_engine) == []  # nothing has a position yet
    assert await publish(own_engine) == 3
    assert await publish(own_engine) == 0
    assert await read(own_engine) == [(made.id, 1), (made.id, 2), (made.id, 3)]
    assert await read(own_engine, 1, limit=1) == [(made.id, 2)]
    assert await read(own_engine, 3) == []


async def test_an_event_that_is_committed_late_is_not_skipped(own_engine: AsyncEngine) -> None:
    """Two open transactions: the one that took the smaller number is committed after the feed has read the other."""
    one, other = await record(own_engine), await record(own_engine)
    await publish(own_engine)
    async with own_engine.connect() as slow, own_engine.connect() as fast:
        await slow.execute(INSERT, {"invoice": one.id, "seq": 2})
        await fast.execute(INSERT, {"invoice": other.id, "seq": 2})
        await fast.commit()
        assert await publish(own_engine) == 1
        assert await read(own_engine, 2) == [(other.id, 2)]
        await slow.commit()
    assert await publish(own_engine) == 1
    assert await read(own_engine, 3) == [(one.id, 2)]
    assert await read(own_engine, 2) == [(other.id, 2), (one.id, 2)]


async def test_a_transaction_that_is_rolled_back_leaves_no_event_and_no_gap(own_engine: AsyncEngine) -> None:
    made = await record(own_engine)
    await publish(own_engine)
    async with own_engine.connect() as failing:
        await failing.execute(INSERT, {"invoice": made.id, "seq": 2})
        await failing.rollback()
    async with own_engine.begin() as connection:
        await connection.execute(INSERT, {"invoice": made.id, "seq": 2})
    await publish(own_engine)
    async with own_engine.connect() as connection:
        assert [each.position for each in await events_after(connection, 0)] == [1, 2]


async def test_events_of_invoices_and_quotes_come_in_one_order(own_engine: AsyncEngine) -> None:
    """A page may end between them; the quote is told of as it is recorded when its event is read."""
    first = await record(own_engine, 2)
    quote = sent(draft(quote_id=str(uuid4())))  # create, send, number, sent
    await QuoteProjection(own_engine).project(quote)
    await QuoteProjection(own_engine).project(quote)  # a repetition
    second = await record(own_engine)
    assert await publish(own_engine) == 7
    expected = [(first.id, 1), (first.id, 2), *((quote.id, seq) for seq in range(1, 5)), (second.id, 1)]
    assert await read(own_engine) == expected
    pages = [await read(own_engine, position, limit=3) for position in (0, 3, 6)]
    assert [each for page in pages for each in page] == expected
    async with own_engine.connect() as connection:
        last = (await events_after(connection, 5, limit=1))[0]
    assert isinstance(last, RecordedQuoteEvent)
    assert (last.quote.number, last.quote.status, last.sent_version) == ("Q-2026-7", "sent", 1)
    assert last.event == quote.journal[-1]


async def test_feeds_that_publish_at_once_give_each_position_once(own_engine: AsyncEngine) -> None:
    for _ in range(10):
        await record(own_engine, 3)
    published = await asyncio.gather(*(publish(own_engine, most=4) for _ in range(12)))
    assert sum(published) == 30
    async with own_engine.connect() as connection:
        assert [each.position for each in await events_after(connection, 0)] == list(range(1, 31))


async def test_a_new_consumer_gets_what_is_recorded_from_then_on(own_engine: AsyncEngine) -> None:
    await record(own_engine)
    await publish(own_engine)
    consumer = Consumer()
    assert await pass_to(own_engine, consumer) == 0
    later = await record(own_engine, 2)
    await publish(own_engine)
    assert await pass_to(own_engine, consumer) == 2
    assert await pass_to(own_engine, consumer) == 0
    assert [(each.subject_id, each.event.seq) for each in consumer.got] == [(later.id, 1), (later.id, 2)]


async def test_the_cursor_moves_with_what_is_stored_or_not_at_all(own_engine: AsyncEngine) -> None:
    consumer = Consumer()
    await pass_to(own_engine, consumer)
    made = await record(own_engine)
    await publish(own_engine)
    consumer.refuses = RuntimeError("the disk is full")
    with pytest.raises(RuntimeError, match="disk"):
        await pass_to(own_engine, consumer)
    consumer.refuses = None
    # The row of the failed attempt was rolled back; otherwise its primary key would refuse this one.
    assert await pass_to(own_engine, consumer) == 1
    assert [each.subject_id for each in consumer.got] == [made.id]


async def test_attempts_at_once_store_each_event_once(own_engine: AsyncEngine) -> None:
    consumer = Consumer()
    await pass_to(own_engine, consumer)
    await record(own_engine, 5)
    await publish(own_engine)
    taken = await asyncio.gather(*(pass_to(own_engine, consumer) for _ in range(5)))
    assert sorted(taken) == [0, 0, 0, 0, 5]


def look(engine: AsyncEngine, *consumers: Consumer) -> EventFeed:
    return EventFeed(engine, consumers, timedelta(seconds=7))


async def test_a_look_without_a_result_is_a_retry_that_is_no_failure(own_engine: AsyncEngine, temporal: Client) -> None:
    environment = ActivityEnvironment(client=temporal)
    with pytest.raises(ApplicationError) as nothing:
        await environment.run(look(own_engine, Consumer()).pass_on, FeedRequest())
    assert (nothing.value.type, nothing.value.category) == (NOTHING_NEW, ApplicationErrorCategory.BENIGN)
    assert nothing.value.next_retry_delay == timedelta(seconds=7)
    assert not nothing.value.non_retryable


async def test_a_consumer_that_fails_holds_up_no_other(own_engine: AsyncEngine, temporal: Client) -> None:
    environment = ActivityEnvironment(client=temporal)
    broken, healthy = Consumer("broken", refuses=RuntimeError("no")), Consumer("healthy")
    for consumer in (broken, healthy):
        await pass_to(own_engine, consumer)
    made = await record(own_engine)
    with pytest.raises(RuntimeError, match="no"):
        await environment.run(look(own_engine, broken, healthy).pass_on, FeedRequest())
    assert [each.subject_id for each in healthy.got] == [made.id]
    broken.refuses, healthy.started = None, 2
    assert await environment.run(look(own_engine, broken, healthy).pass_on, FeedRequest()) == Passed(taken=1, started=2)
    assert [each.subject_id for each in broken.got] == [made.id]
