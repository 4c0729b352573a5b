"""The conversion of an accepted quote: the contract that gets its terms, and the amounts that are invoiced by date."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import Field

from models.contracts.quoted_terms import QuotePlace
from models.invoice.invoice import ActionStamp
from models.values.base_models import Frozen


class ScheduledPart(Frozen):
    """The part of one line of the quote that a scheduled invoice has."""

    line_id: str
    description: str
    amount: Decimal


class ScheduledAmount(Frozen):
    """One entry of the schedule: it is invoiced on its day, with one line for each line of the quote."""

    id: str
    name: str
    due_on: date = Field(description="the first period that ends on or after this day invoices it")
    parts: tuple[ScheduledPart, ...]

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal("0.00"))


class QuotedPrices(Frozen):
    """The prices that the contract gets, from the first to the last day of the term."""

    valid_from: date
    valid_to: date
    base_amount: Decimal | None
    rule: Mapping[str, str] = Field(description="the fields of the rate rule, as texts")
    lines: Mapping[str, str] = Field(description="what invoice lines have in common with a line of the quote -> its id")


class Conversion(Frozen):
    """What was made of the quote, and by whom. `written` is True when the settings of the contract hold it."""

    application_key: str
    stamp: ActionStamp
    prices: QuotedPrices | None = None
    schedule: tuple[ScheduledAmount, ...] = ()
    replaces_base: bool = Field(default=False, description="the contract's own base is not charged beside the schedule")
    payment_days: int | None = None
    written: bool = False
    places: Mapping[str, QuotePlace] = Field(
        default={}, exclude_if=lambda places: not places, description="the printed numbers of the lines, by their ids"
    )
