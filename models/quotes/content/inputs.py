"""What a person types of a quote: its customer, lines and texts."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.quotes.content.lines import NOTHING, ONE, QuoteLine, QuoteLineSource, line_amount
from models.quotes.numbers import PercentOfWhole
from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.email_address import EmailAddress
from models.values.money import Amount, Currency, Factor, Quantity, surplus_decimals
from models.values.typed_values import Flag, Whole

MOST_LINES = 500
MOST_TIMES = 120


def _once(addresses: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))


def _days(days: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(days), reverse=True))


Text = Annotated[str, StringConstraints(max_length=20_000)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
QuoteRecipients = Annotated[tuple[EmailAddress, ...], Field(max_length=20), AfterValidator(_once)]
ExpiryReminders = Annotated[
    tuple[Annotated[Whole, Field(ge=0, le=365)], ...],
    Field(max_length=10, description="days before the end of the validity; 0 is the last day"),
    AfterValidator(_days),
]
LineId = Annotated[str, StringConstraints(pattern=r"^L[1-9][0-9]{0,4}$")]


class QuoteCustomer(Strict):
    """The company to which the offer is made; the fields are those of a party of an invoice."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    company_type: Annotated[str, StringConstraints(max_length=100)] = ""
    address: Annotated[str, StringConstraints(max_length=500)] = ""
    tin: Annotated[str, StringConstraints(max_length=30)] = ""
    country: Annotated[str, StringConstraints(max_length=60)] = ""
    signer: Annotated[str, StringConstraints(max_length=200)] = ""


class TypedLine(Strict):
    """A line with a price of its own. A negative price takes something off."""

    id: LineId | None = Field(default=None, description="of the line that it replaces; null: a new line")
    description: Description
    details: Annotated[str, StringConstraints(max_length=2000)] = ""
    quantity: Quantity = Decimal(1)
    unit: Annotated[str, StringConstraints(max_length=20)] = ""
    unit_price: Amount
    multiplier: Factor = ONE
    discount_percent: PercentOfWhole = NOTHING
    times: Whole = Field(default=1, ge=1, le=MOST_TIMES, description="e.g. the months of a term")
    optional: Flag = Field(default=False, description="the client may choose it when they accept")

    def line(self, currency: Currency, source: QuoteLineSource | None = None) -> QuoteLine:
        """Return the line of a quote. Raises SettingRefused if the price has too many decimals."""
        if reason := surplus_decimals(self.unit_price, currency):
            raise SettingRefused("unit_price", reason)
        prices = (self.quantity, self.unit_price, self.multiplier)
        fields: dict[str, Any] = self.model_dump(exclude={"id"})
        return QuoteLine(
            **fields,
            id=self.id or "",
            list_amount=line_amount(*prices, NOTHING, currency),
            amount=line_amount(*prices, self.discount_percent, currency),
            source=source,
        )


class ResolvedLine(Strict):
    """A line as the command `edit` carries it: either typed, or made from a calculation or an invoice."""

    typed: TypedLine | None = None
    made: QuoteLine | None = Field(default=None, description="a line that was computed by the API")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.typed is None) == (self.made is None):
            raise ValueError("give typed or made, and not both")
        return self

    def line(self, currency: Currency) -> QuoteLine:
        """Return the line of the quote."""
        if self.made is not None:
            return self.made
        assert self.typed is not None
        return self.typed.line(currency)
