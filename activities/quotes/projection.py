"""The read model of a quote in PostgreSQL: its row and its events.

The quote's workflow is the only writer. It may project its states in any order and any number of times; the result is
the newest state and the complete list of events.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.dml import Insert
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from models.audit.hash_chain import Event
from models.quotes.quote.ports import PROJECT_QUOTE, QuoteProjected
from models.quotes.quote.quote import Quote
from models.quotes.quote.tables import QuoteEventRow, QuoteRow
from models.values.failure_codes import Failure


@dataclass(frozen=True)
class QuoteProjection:
    """The activity that writes the read model."""

    engine: AsyncEngine

    @activity.defn(name=PROJECT_QUOTE.name)
    async def project(self, quote: Quote) -> QuoteProjected:
        """Write the state and the new events; return the revision that is stored. An older state changes nothing.

        Raises AUDIT_BROKEN, which is not retried, when an event differs from the stored one.
        """
        row = projection(quote)
        async with self.engine.begin() as connection:
            # One writer at a time, because the first state may be projected twice at once.
            lock = func.hashtextextended(f"quote projection {quote.id}", 0)
            await connection.execute(select(func.pg_advisory_xact_lock(lock)))
            await connection.execute(_save(tuple(row)), row)
            if quote.journal:
                await _write_events(connection, quote)
            stored = await connection.scalar(select(col(QuoteRow.revision)).where(col(QuoteRow.id) == quote.id))
        assert isinstance(stored, int)
        return QuoteProjected(revision=stored)


def projection(quote: Quote) -> dict[str, Any]:
    """Return the row of a quote: column name -> value. `state` holds the whole quote except its events."""
    content, totals, sent = quote.content, quote.content.totals, quote.sent_version
    answered = quote.accepted.at if quote.accepted else quote.declined.at if quote.declined else quote.expired_at
    conversion = quote.conversion
    return {
        "id": quote.id,
        "workflow_id": quote.workflow_id,
        "status": quote.status.value,
        "number": quote.display_number,
        "version": quote.version,
        "title": content.title,
        "customer_key": content.customer_key,
        "customer_name": content.customer.name,
        "application_key": conversion.application_key if conversion else content.application_key,
        "currency": content.currency.value,
        "net_amount": totals.net_amount,
        "total_amount": totals.total_amount,
        "issued_on": content.issued_on,
        "valid_until": content.valid_until,
        "sent_at": sent.sent.at if sent else None,
        "answered_at": answered,
        "converted": conversion is not None and conversion.written,
        "blocked": bool(quote.blocked),
        "created_by": quote.created.by,
        "revision": quote.revision,
        "state": quote.model_dump(mode="json", exclude={"journal"}),
        "created_at": quote.created.at,
    }


@cache
def _save(columns: tuple[str, ...]) -> Insert:
    """Return the statement that inserts the row, or updates it unless a newer revision is stored."""
    statement = upsert(QuoteRow)
    kept = ("id", "workflow_id", "created_at", "created_by")
    changed = {name: statement.excluded[name] for name in columns if name not in kept} | {"updated_at": func.now()}
    return statement.on_conflict_do_update(
        index_elements=[col(QuoteRow.id)],
        set_=changed,
        where=col(QuoteRow.revision) <= statement.excluded.revision,
    )


async def _write_events(connection: AsyncConnection, quote: Quote) -> None:
    """Insert the new events. Raises AUDIT_BROKEN if a stored event differs from the quote's."""
    first, last = quote.journal[0], quote.journal[-1]
    rows = [_event_row(quote.id, event) for event in quote.journal]
    await connection.execute(upsert(QuoteEventRow).on_conflict_do_nothing(), rows)
    query = select(col(QuoteEventRow.seq), col(QuoteEventRow.hash)).where(
        col(QuoteEventRow.quote_id) == quote.id, col(QuoteEventRow.seq).between(first.seq - 1, last.seq)
    )
    expected = {first.seq - 1: first.previous} | {event.seq: event.hash for event in quote.journal}
    for seq, recorded in await connection.execute(query):
        if expected[seq] != recorded:
            raise ApplicationError(
                f"Event {seq} of quote {quote.id} is stored with different content. It is kept as it is; do not reset "
                "the workflow to a point before it.",
                type=Failure.AUDIT_BROKEN,
                non_retryable=True,
            )


def _event_row(quote_id: str, event: Event) -> dict[str, Any]:
    return {
        "quote_id": quote_id,
        "seq": event.seq,
        "at": event.at,
        "by": event.by,
        "action": event.action,
        "event": event.model_dump(mode="json"),
        "hash": event.hash,
    }
