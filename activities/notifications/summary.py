"""The activity that stores the daily summary, from figures of PostgreSQL at one moment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.notifications.outbox import Outbox
from models.notifications.notice import Topic
from models.notifications.ports import STORE_SUMMARY, SummaryRequest, SummaryStored
from models.notifications.summary import Figure, Line, Summary, paid_from
from models.values.currencies import MINOR_UNITS, Currency
from models.values.period import BILLING_ZONE, local_moment

# A payment that was reversed later is not counted.
_FIGURES: Final = text(
    """
    SELECT 'review' AS line, currency, count(*) AS count, sum(total_amount) AS amount
    FROM invoices WHERE status = 'needs_review' GROUP BY currency
    UNION ALL
    SELECT 'signature', currency, count(*), sum(total_amount)
    FROM invoices WHERE status = 'approved' AND jsonb_path_exists(
        state, '$.effects[*] ? (@.name == "einvoice_signature" && @.state == "pending")'
    ) GROUP BY currency
    UNION ALL
    SELECT 'blocked', currency, count(*), sum(total_amount) FROM invoices WHERE blocked GROUP BY currency
    UNION ALL
    SELECT 'overdue', currency, count(*), sum(balance) FROM invoices WHERE overdue GROUP BY currency
    UNION ALL
    SELECT 'paid', currency, count(*), sum((events.event -> 'details' ->> 'amount')::numeric)
    FROM invoice_events AS events JOIN invoices ON invoices.id = events.invoice_id
    WHERE events.action = 'record_payment' AND events.at >= :start AND events.at < :end AND NOT EXISTS (
        SELECT FROM invoice_events AS reversals
        WHERE reversals.invoice_id = events.invoice_id AND reversals.action = 'reverse_payment'
        AND reversals.event -> 'details' ->> 'payment_id' = events.event -> 'details' ->> 'payment_id'
    ) GROUP BY currency
    ORDER BY 1, 2
    """
)


# The newest version of each bill whose comparison was made in these days and found something.
_BILLS: Final = text(
    """
    SELECT bills.issuer, coalesce(bills.number, bills.provider_invoice_id) AS name, bills.currency, bills.gross_minor,
        found.count, found.report -> 'anomalies' -> 0 ->> 'message' AS message
    FROM bill_anomalies AS found
    JOIN vendor_bills AS bills ON bills.id = found.bill_id AND bills.version = found.version
    WHERE found.count > 0 AND found.found_at >= :start AND found.found_at < :end AND bills.status <> 'voided'
    ORDER BY found.count DESC, bills.id
    """
)
MOST_NOTES: Final = 5
_LONGEST_NOTE: Final = 300


@dataclass(frozen=True)
class DailySummary:
    """The activity of the summary. `chat` is None if there is none; `weekdays` are the days that have a summary."""

    engine: AsyncEngine
    outbox: Outbox
    chat: str | None
    weekdays: Collection[int]

    @activity.defn(name=STORE_SUMMARY.name)
    async def store(self, request: SummaryRequest) -> SummaryStored:
        """Store the message of the day; a repetition changes nothing."""
        if self.chat is None:
            return SummaryStored(chat=None)
        summary = await figures(self.engine, request.day, self.weekdays)
        parts = self.outbox.texts.of_summary(summary)
        title = f"summary of {request.day}"
        new = await self.outbox.add_message(summary.key, self.chat, Topic.SUMMARY, title, parts)
        return SummaryStored(chat=self.chat, new=new)


async def figures(engine: AsyncEngine, day: date, weekdays: Collection[int]) -> Summary:
    """Return the summary of a day as PostgreSQL has it now."""
    first = paid_from(day, weekdays)
    span = {"start": local_moment(first, 0, BILLING_ZONE), "end": local_moment(day, 0, BILLING_ZONE)}
    async with engine.connect() as connection:
        rows = (await connection.execute(_FIGURES, span)).all()
        bills = (await connection.execute(_BILLS, span)).all()
    return Summary(
        day=day,
        paid_from=first,
        figures=(*(Figure.model_validate(dict(row._mapping)) for row in rows), *_unusual(bills)),
        notes=tuple(map(_note, bills[:MOST_NOTES])),
    )


def _unusual(bills: Iterable[Any]) -> Iterable[Figure]:
    """Yield the number and the gross of the bills in each currency."""
    by_currency: dict[Currency, list[int]] = {}
    for bill in bills:
        by_currency.setdefault(Currency(bill.currency), []).append(bill.gross_minor)
    for currency, amounts in sorted(by_currency.items()):
        amount = Decimal(sum(amounts)).scaleb(-MINOR_UNITS[currency])
        yield Figure(line=Line.ANOMALIES, currency=currency, count=len(amounts), amount=amount)


def _note(bill: Any) -> str:
    """Return the most important finding of a bill, and how many more it has."""
    more = f" (+{bill.count - 1})" if bill.count > 1 else ""
    return f"{bill.issuer} {bill.name}: {bill.message}"[:_LONGEST_NOTE] + more
