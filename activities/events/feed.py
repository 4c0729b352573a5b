"""The event feed: it gives recorded events their positions and passes them on to the consumers.

An event that is committed late is never skipped. The audit trail has no order of commits: of two open transactions the
one with the larger number may be committed first. So an event gets its position only when it is visible, from one
transaction at a time, and an event that becomes visible later gets a later position. The ids of transactions are not
used, because a database that is restored into another server keeps the old ids and starts to count anew
(docs/decisions/0024-events-are-published-from-the-audit-trail.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.events.payloads import AnyRecordedEvent, InvoiceSummary, RecordedEvent
from models.events.ports import PASS_ON, FeedRequest, Passed
from models.events.quote_payloads import QuoteSummary, RecordedQuoteEvent
from models.events.tables import EventCursor, FeedEntry
from models.invoice.tables import InvoiceEvent, InvoiceRow
from models.quotes.quote.tables import QuoteEventRow, QuoteRow

EVENTS_AT_ONCE: Final = 200
NOTHING_NEW: Final = "NothingNew"

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('event feed', 0))")
_PUBLISH: Final = text(
    """
    WITH unpublished AS (
        SELECT entry, row_number() OVER (ORDER BY entry) AS number
        FROM (SELECT entry FROM event_feed WHERE position IS NULL ORDER BY entry LIMIT :most) AS oldest
    )
    UPDATE event_feed SET position = number + (SELECT coalesce(max(position), 0) FROM event_feed)
    FROM unpublished WHERE event_feed.entry = unpublished.entry
    """
)


class EventConsumer(Protocol):
    """What receives the events of the feed; models/events/ says how one is added."""

    @property
    def name(self) -> str:
        """The key of its cursor."""

    async def store(self, connection: AsyncConnection, events: Sequence[AnyRecordedEvent]) -> None:
        """Store what has to be delivered. The transaction that is open also moves the cursor behind these events."""

    async def start_deliveries(self, temporal: Client) -> int:
        """Start what is stored and not started yet; return how many were started. Called in each look."""


@dataclass(frozen=True)
class EventFeed:
    """The activity of the feed. `pause` is the time from a look that finds nothing to the next one."""

    engine: AsyncEngine
    consumers: tuple[EventConsumer, ...]
    pause: timedelta

    @activity.defn(name=PASS_ON.name)
    async def pass_on(self, _: FeedRequest) -> Passed:
        """Publish what is new and pass it on. Raises NOTHING_NEW if there is nothing, and Temporal looks again later.

        A look without a result leaves no trace in the history. A consumer that fails does not stop the others; its
        error is raised when they are done.
        """
        temporal = activity.client()
        errors: list[Exception] = []
        published, taken, started = await publish(self.engine), 0, 0
        for consumer in self.consumers:
            try:
                taken += await pass_to(self.engine, consumer)
                started += await consumer.start_deliveries(temporal)
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)
        if errors:
            raise errors[0]
        passed = Passed(published=published, taken=taken, started=started)
        if not passed.anything:
            raise ApplicationError(
                "There are no new events.",
                type=NOTHING_NEW,
                next_retry_delay=self.pause,
                category=ApplicationErrorCategory.BENIGN,
            )
        return passed


async def publish(engine: AsyncEngine, most: int = EVENTS_AT_ONCE) -> int:
    """Give the oldest events without a position the next positions; return their number."""
    unpublished = select(col(FeedEntry.entry)).where(col(FeedEntry.position).is_(None)).limit(1)
    async with engine.begin() as connection:
        if await connection.scalar(unpublished) is None:
            return 0
        await connection.execute(_LOCK)
        return (await connection.execute(_PUBLISH, {"most": most})).rowcount


async def events_after(
    connection: AsyncConnection, position: int, limit: int = EVENTS_AT_ONCE
) -> list[AnyRecordedEvent]:
    """Return the published events behind a position, in order. No later call returns one before the last of these.

    The last position is read first: an event that is published meanwhile would otherwise be passed over if it is of an
    invoice and a later one of a quote.
    """
    published = col(FeedEntry.position)
    page = select(published).where(published > position).order_by(published).limit(limit).subquery()
    last = await connection.scalar(select(func.max(page.c.position)))
    if last is None:
        return []
    found: list[AnyRecordedEvent] = [*await _of_invoices(connection, position, last)]
    found += await _of_quotes(connection, position, last)
    return sorted(found, key=lambda each: each.position)


async def _of_invoices(connection: AsyncConnection, after: int, last: int) -> list[RecordedEvent]:
    feed, events, invoices = FeedEntry, InvoiceEvent, InvoiceRow
    summary = [getattr(invoices, name) for name in InvoiceSummary.model_fields]
    query = (
        select(
            col(feed.position),
            col(feed.entry),
            col(events.event),
            col(invoices.document_sha256).is_not(None).label("has_document"),
            *map(col, summary),
        )
        .join(events, (col(events.invoice_id) == col(feed.invoice_id)) & (col(events.seq) == col(feed.seq)))
        .join(invoices, col(invoices.id) == col(feed.invoice_id))
        .where(col(feed.position) > after, col(feed.position) <= last)
    )
    rows = await connection.execute(query)
    return [RecordedEvent.model_validate({**row._mapping, "invoice": row._mapping}) for row in rows]


async def _of_quotes(connection: AsyncConnection, after: int, last: int) -> list[RecordedQuoteEvent]:
    feed, events, quotes = FeedEntry, QuoteEventRow, QuoteRow
    summary = [getattr(quotes, name) for name in QuoteSummary.model_fields]
    query = (
        select(
            col(feed.position),
            col(feed.entry),
            col(events.event),
            col(quotes.state)["versions"][-1]["version"].label("sent_version"),
            *map(col, summary),
        )
        .join(events, (col(events.quote_id) == col(feed.quote_id)) & (col(events.seq) == col(feed.seq)))
        .join(quotes, col(quotes.id) == col(feed.quote_id))
        .where(col(feed.position) > after, col(feed.position) <= last)
    )
    rows = await connection.execute(query)
    return [RecordedQuoteEvent.model_validate({**row._mapping, "quote": row._mapping}) for row in rows]


async def pass_to(engine: AsyncEngine, consumer: EventConsumer) -> int:
    """Store the next events at the consumer and move its cursor, in one transaction; return their number.

    A consumer that has no cursor yet gets one at the newest event.
    """
    async with engine.begin() as connection:
        position = await _locked_position(connection, consumer.name)
        events = await events_after(connection, position)
        if events:
            await consumer.store(connection, events)
            await _move(connection, consumer.name, events[-1].position)
        return len(events)


async def newest_position(connection: AsyncConnection) -> int:
    """Return the position of the newest published event; 0 if there is none."""
    return int(await connection.scalar(select(func.coalesce(func.max(col(FeedEntry.position)), 0))) or 0)


async def _locked_position(connection: AsyncConnection, consumer: str) -> int:
    stored = select(col(EventCursor.position)).where(col(EventCursor.consumer) == consumer).with_for_update()
    position = await connection.scalar(stored)
    if position is None:
        first = insert(EventCursor).values(
            consumer=consumer, position=await newest_position(connection), moved_at=func.now()
        )
        await connection.execute(first.on_conflict_do_nothing())
        position = await connection.scalar(stored)
    assert position is not None
    return position


async def _move(connection: AsyncConnection, consumer: str, position: int) -> None:
    moved = update(EventCursor).where(col(EventCursor.consumer) == consumer)
    await connection.execute(moved.values(position=position, moved_at=func.now()))
