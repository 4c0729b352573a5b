"""What accepted quotes have agreed for a contract: the prices of a term, and amounts that are invoiced by date.

The settings of the contract hold its rate rule; here is what they cannot hold: the base of a month, and which line of
which quote an invoice line comes from (docs/specification/quotes.md 7).
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from models.values.base_models import Frozen

QUOTE_CLAIM = "quote:"


class QuotePlace(Frozen):
    """Where a client finds a line in the document of a quote: its printed number, among the lines or the options."""

    number: int
    is_option: bool = False


class QuotedPrices(Frozen):
    """The prices of a quote that are valid in a period. `lines` names its lines by rule, tier and multiplier."""

    quote_id: str
    number: str
    version: int
    base_amount: Decimal | None = None
    lines: Mapping[str, str] = {}
    places: Mapping[str, QuotePlace] = {}  # by the id of the quote's line; empty in terms of older releases


class ScheduledPart(Frozen):
    """The part of one line of the quote that a scheduled invoice has."""

    line_id: str
    description: str
    amount: Decimal
    place: QuotePlace | None = None


class ScheduledInvoice(Frozen):
    """One entry of a quote's schedule. It stands on at most one live invoice of the contract."""

    quote_id: str
    number: str
    version: int
    entry_id: str
    name: str
    due_on: date
    parts: tuple[ScheduledPart, ...]

    @property
    def claim(self) -> str:
        return quote_claim(self.quote_id, self.entry_id)


class QuotedTerms(Frozen):
    """What quotes have agreed for a contract and a period."""

    prices: QuotedPrices | None = None
    scheduled: tuple[ScheduledInvoice, ...] = ()
    replaces_base: str | None = None  # the number of the quote whose schedule stands in place of the contract's base

    @property
    def claims(self) -> tuple[str, ...]:
        """The ids under which the entries may be claimed already."""
        return tuple(each.claim for each in self.scheduled)


NOTHING_QUOTED = QuotedTerms()


def quote_claim(quote_id: str, entry_id: str) -> str:
    """Return under which id an invoice claims an entry of a quote's schedule, among its worklogs."""
    return f"{QUOTE_CLAIM}{quote_id}:{entry_id}"
