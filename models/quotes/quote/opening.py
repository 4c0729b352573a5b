"""The links of a quote: a new one, and the evidence that one was opened."""

from datetime import datetime, timedelta

from models.invoice.invoice import ActionStamp
from models.quotes.quote.quote import Link, Quote
from models.quotes.quote.revision import CLIENT, QuoteChanges, next_revision
from models.quotes.quote.status import QuoteStatus
from models.quotes.quote.timers import link_ends

OPENINGS_APART = timedelta(hours=1)
MOST_OPENINGS = 1000
"""How often the openings of one link are recorded; more of them are no further evidence."""


def new_link(quote: Quote, stamp: ActionStamp) -> Link:
    """Return the next link of the quote's current version."""
    return Link(number=len(quote.links) + 1, version=quote.version, created=stamp, expires_at=link_ends(quote.content))


def is_news(link: Link, now: datetime) -> bool:
    """Return whether an opening of the link now is recorded: openings within an hour count once."""
    if link.revoked is not None or link.openings >= MOST_OPENINGS:
        return False
    return link.last_opened_at is None or now >= link.last_opened_at + OPENINGS_APART


def opened(quote: Quote, number: int, now: datetime) -> Quote:
    """Return the quote after its link was opened; the first opening of the current version is its first view."""
    link = quote.link(number)
    if link is None or not is_news(link, now):
        return quote
    seen = link.model_copy(
        update={"opened_at": link.opened_at or now, "last_opened_at": now, "openings": link.openings + 1}
    )
    changes = QuoteChanges(links=tuple(seen if each.number == number else each for each in quote.links))
    if quote.status is QuoteStatus.SENT and link.version == quote.version:
        changes["status"] = QuoteStatus.VIEWED
    details = {"link": str(number), "version": str(link.version)}
    return next_revision(quote, now, "open", by=CLIENT, details=details, **changes)
