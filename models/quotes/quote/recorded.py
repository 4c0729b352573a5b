"""A quote as PostgreSQL has recorded it, for a comparison with its workflow and for a restore."""

from datetime import datetime

from models.invoice.invoice import Number
from models.invoice.recorded import Recorded
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.quote import Quote
from models.quotes.quote.revision import next_revision
from models.quotes.quote.timers import has_ended


def has_finished(quote: Quote, now: datetime) -> bool:
    """Return whether no workflow runs for the quote: it has ended, and no effect is unfinished."""
    return has_ended(quote, now) and not any(effect.is_unfinished for effect in quote.effects)


def recorded_of(quote: Quote) -> Recorded:
    """Return the newest recorded event of the quote."""
    return Recorded(
        id=quote.id,
        workflow_id=quote.workflow_id,
        name=quote.display_number or quote.workflow_id,
        status=quote.status,
        revision=quote.revision,
        chain=quote.chain,
    )


def keep_quote_number(quote: Quote, number: Number | None, now: datetime, by: str) -> Quote:
    """Return the recorded quote with the number that was issued to it, as one more event if the record lacks it.

    A workflow may take a number and be lost before the number is recorded. Without it a person would see a number in
    the series that no quote has.
    """
    takes_it_itself = any(effect.name is QuoteEffectName.NUMBER for effect in quote.open_effects)
    if number is None or quote.number is not None or takes_it_itself:
        return quote
    return next_revision(quote, now, "keep_number", by=by, details={"number": number.display}, number=number)
