"""The timers of a quote: reminders before its validity ends, its end, and the end of its links.

All days are calendar days in the issuer's zone, so that a change of the clocks moves no day
(docs/specification/quotes.md 4.3).
"""

from datetime import datetime, timedelta

from models.invoice.reminders import REMINDER_HOUR, Timer
from models.quotes.content.content import QuoteContent
from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
from models.quotes.quote.quote import Quote
from models.quotes.quote.revision import QuoteChanges, add_note, cancel_effects, enqueue_effect, next_revision
from models.quotes.quote.status import OPEN_FOR_ANSWER, QuoteStatus
from models.values.period import local_moment

LINK_DAYS = 90
"""How long after the end of the validity a link shows what has become of the quote."""


def link_ends(content: QuoteContent) -> datetime:
    """Return the moment at which the links of this content end."""
    return local_moment(content.valid_until + timedelta(days=1 + LINK_DAYS), 0, content.issuer.zone)


def next_timer(quote: Quote) -> Timer | None:
    """Return the quote's next timer; None for a draft that was never sent and for one that was withdrawn."""
    if quote.status in OPEN_FOR_ANSWER:
        timers = [Timer(at=at, purpose=f"reminder {_when(days)}") for days, at in _reminders(quote)]
        timers.append(Timer(at=quote.content.expires_at, purpose=f"expires after {quote.content.valid_until}"))
        return min(timers, key=lambda timer: timer.at)
    if quote.status in (QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED):
        return Timer(at=link_ends(quote.content), purpose="its links end")
    return None


def has_ended(quote: Quote, now: datetime) -> bool:
    """Return whether nothing can happen any more: the quote is withdrawn, or answered and its links have ended."""
    if quote.status is QuoteStatus.WITHDRAWN:
        return True
    answered = quote.status in (QuoteStatus.ACCEPTED, QuoteStatus.DECLINED, QuoteStatus.EXPIRED)
    return answered and now >= link_ends(quote.content)


def fire_due_timers(quote: Quote, now: datetime) -> Quote:
    """Return the quote after all timers up to `now`. Of several reminders that are due only the newest is sent."""
    if quote.status not in OPEN_FOR_ANSWER:
        return quote
    if now >= quote.content.expires_at:
        return _expire(quote, now)
    passed = [days for days, at in _reminders(quote) if at <= now]
    if not passed:
        return quote  # the timer fired slightly early; the workflow starts it again
    changes = QuoteChanges(reminded=(*quote.reminded, *passed))
    if quote.content.recipients:
        older = cancel_effects(quote.effects, {QuoteEffectName.REMINDER}, "replaced by a newer reminder")
        reminder = enqueue_effect(quote, now, QuoteEffectName.REMINDER, days=str(min(passed)))
        changes["effects"] = (*older, reminder)
    details = {"reminders": ", ".join(_when(days) for days in passed), "valid_until": str(quote.content.valid_until)}
    reminded = next_revision(quote, now, "reminder_due", details=details, **changes)
    if quote.content.recipients:
        return reminded
    return add_note(reminded, now, "A reminder was due, but the quote has no e-mail recipient.")


def early_reminders(quote: Quote, sent_at: datetime) -> tuple[int, ...]:
    """Return the reminders whose moment lies before the quote was sent: its own letter said what they say."""
    return tuple(days for days, at in _reminders(quote) if at <= sent_at)


def _expire(quote: Quote, now: datetime) -> Quote:
    expired = "the validity has ended"
    effects = cancel_effects(quote.effects, {QuoteEffectName.EMAIL, QuoteEffectName.REMINDER}, expired)
    changes = QuoteChanges(status=QuoteStatus.EXPIRED, expired_at=now)
    changes["effects"] = (*effects, *notice_of(quote, now, "expired"))
    details = {"valid_until": str(quote.content.valid_until), "version": str(quote.version)}
    return next_revision(quote, now, "expire", details=details, **changes)


def notice_of(quote: Quote, now: datetime, answer: str, **argument: str) -> tuple[QuoteEffect, ...]:
    """Return the notice to finance about an answer; none if finance has no address."""
    if not quote.content.issuer.notice_email:
        return ()
    return (enqueue_effect(quote, now, QuoteEffectName.NOTICE, answer=answer, **argument),)


def _reminders(quote: Quote) -> list[tuple[int, datetime]]:
    content = quote.content
    left = [days for days in content.reminder_days if days not in quote.reminded]
    return [
        (days, local_moment(content.valid_until - timedelta(days=days), REMINDER_HOUR, content.issuer.zone))
        for days in left
    ]


def _when(days: int) -> str:
    if days == 0:
        return "on the last day"
    return f"{days} {'day' if days == 1 else 'days'} before the end"
