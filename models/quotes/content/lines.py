"""The lines of a quote: what each costs, how often, and where it comes from (docs/specification/quotes.md 4.1)."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from models.contracts.rate_rule import Tier
from models.quotes.numbers import HUNDRED, exactly
from models.values.base_models import Frozen
from models.values.money import Currency, round_amount

ONE = Decimal("1.0")
NOTHING = Decimal("0.00")


class CalculatedLine(Frozen):
    """The line comes from a scenario of a saved calculation; `key` is that of the invoice lines that it becomes."""

    kind: Literal["calculation"] = "calculation"
    calculation_id: str
    scenario: str
    rule: str = Field(description="the pricing rule, e.g. SUP.base, HR.task or price.passed_on")
    tier: Tier | None = None

    @property
    def is_deal(self) -> bool:
        """Whether the line is a price of the contract, and no cost that is passed on."""
        return self.rule != "price.passed_on"


class InvoicedLine(Frozen):
    """The line was taken over from an earlier invoice."""

    kind: Literal["invoice"] = "invoice"
    invoice_id: str
    number: str
    line_id: str


QuoteLineSource = Annotated[CalculatedLine | InvoicedLine, Field(discriminator="kind")]


class QuoteLine(Frozen):
    """One line. `amount` is what it costs once, rounded once; the line counts `times`, e.g. the months of a term."""

    id: str
    description: str
    details: str = ""
    quantity: Decimal
    unit: str = ""
    unit_price: Decimal
    multiplier: Decimal = ONE
    discount_percent: Decimal = NOTHING
    times: int = 1
    optional: bool = False
    chosen: bool = Field(default=False, description="the client has accepted this optional line")
    list_amount: Decimal = Field(description="without the discount")
    amount: Decimal
    source: QuoteLineSource | None = Field(default=None, description="null: typed by a person")

    @property
    def total(self) -> Decimal:
        """The amount of all times."""
        return self.amount * self.times

    @property
    def list_total(self) -> Decimal:
        """The amount of all times without the discount."""
        return self.list_amount * self.times

    @property
    def counts(self) -> bool:
        """Whether the line is part of the total."""
        return self.chosen or not self.optional

    @property
    def is_deal(self) -> bool:
        """Whether the line is a price of the contract that the quote becomes."""
        return isinstance(self.source, CalculatedLine) and self.source.is_deal


def line_amount(
    quantity: Decimal, unit_price: Decimal, multiplier: Decimal, discount_percent: Decimal, currency: Currency
) -> Decimal:
    """Return quantity × price × multiplier, less the discount, rounded once."""
    with exactly():
        return round_amount(quantity * unit_price * multiplier * (HUNDRED - discount_percent) / HUNDRED, currency)
