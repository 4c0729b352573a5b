"""The discount of a whole quote: how much it takes off, and the share of each line (docs/specification/quotes.md 4.6).

The lines with a fixed price carry it. Lines that are prices of a contract carry none: an hour has no total of which a
percentage could be taken, and the calculation has a discount of its own, which the contract's prices contain.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from models.quotes.content.lines import QuoteLine
from models.quotes.numbers import HUNDRED, PercentOfWhole, divided, exactly
from models.settings.area import SettingRefused
from models.values.base_models import Frozen, Strict
from models.values.money import ZERO, Currency, PositiveAmount, plain, round_amount, shown, surplus_decimals, total


class QuoteDiscount(Strict):
    """What is taken off the sum of the lines with a fixed price, and why."""

    percent: PercentOfWhole | None = Field(default=None, description="of the sum of the lines with a fixed price")
    amount: PositiveAmount | None = Field(default=None, description="or an amount off that sum")
    label: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="the reason, as the client reads it"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise SettingRefused("percent", "give percent or amount, and not both")
        if self.percent is not None and not self.percent:
            raise SettingRefused("percent", "must be above 0; leave the discount out if there is none")
        return self

    @property
    def text(self) -> str:
        """The discount as histories and explanations name it."""
        size = f"{shown(self.percent)} %" if self.percent is not None else plain(self.amount or ZERO)
        return f"{self.label}: {size}"


def carrying_lines(lines: Iterable[QuoteLine]) -> tuple[QuoteLine, ...]:
    """Return the lines that carry the discount: those that count and have a fixed price."""
    return tuple(line for line in lines if line.counts and not line.is_deal)


def discount_base(lines: Iterable[QuoteLine]) -> Decimal:
    """Return the sum of which the discount is taken."""
    return total(line.total for line in carrying_lines(lines))


def discount_amount(lines: Iterable[QuoteLine], discount: QuoteDiscount | None, currency: Currency) -> Decimal:
    """Return what the discount takes off, rounded once: never more than the sum, and nothing of one below zero."""
    base = discount_base(lines)
    if discount is None or base <= ZERO:
        return ZERO
    if discount.percent is None:
        return min(discount.amount or ZERO, base)
    with exactly():
        return round_amount(base * discount.percent / HUNDRED, currency)


def discount_shares(
    lines: Iterable[QuoteLine], discount: QuoteDiscount | None, currency: Currency
) -> Mapping[str, Decimal]:
    """Return the share of each line that carries the discount, by its id; the shares add up to the discount."""
    carrying = carrying_lines(lines)
    amount = discount_amount(carrying, discount, currency)
    if not amount:
        return {}
    parts = divided(amount, [line.total for line in carrying], currency)
    return {line.id: part for line, part in zip(carrying, parts, strict=True)}


class DiscountShare(Frozen):
    """What one line carries of the discount, and what remains of the line."""

    line_id: str
    share: Decimal
    charged: Decimal


class ExplainedDiscount(Frozen):
    """How the discount of the whole quote is computed; the shares add up to the amount."""

    label: str
    percent: Decimal | None
    base: Decimal
    amount: Decimal
    formula: str
    shares: tuple[DiscountShare, ...]


def explained_discount(lines: Iterable[QuoteLine], discount: QuoteDiscount, currency: Currency) -> ExplainedDiscount:
    """Return the discount with the sum that it is taken of and the share of each line."""
    carrying = carrying_lines(lines)
    base, amount = discount_base(carrying), discount_amount(carrying, discount, currency)
    shares = discount_shares(carrying, discount, currency)
    by_percent = f"{plain(base)} × {shown(discount.percent)} % = {plain(amount)}" if discount.percent else ""
    return ExplainedDiscount(
        label=discount.label,
        percent=discount.percent,
        base=base,
        amount=amount,
        formula=by_percent or f"{plain(amount)} off {plain(base)}",
        shares=tuple(
            DiscountShare(
                line_id=line.id,
                share=shares.get(line.id, ZERO),
                charged=line.total - shares.get(line.id, ZERO),
            )
            for line in carrying
        ),
    )


def check_discount(lines: Iterable[QuoteLine], discount: QuoteDiscount, currency: Currency) -> None:
    """Raise SettingRefused if the lines cannot carry the discount, whatever options the client chooses."""
    lines = tuple(lines)
    if lines and all(line.is_deal for line in lines):
        raise SettingRefused(
            "label",
            "every line of the quote is a price of a contract, which carries no discount of the whole quote; give the "
            "discount in the calculation",
        )
    if discount.amount is None:
        return
    if reason := surplus_decimals(discount.amount, currency):
        raise SettingRefused("amount", reason)
    base = discount_base(line for line in lines if not line.optional)
    if discount.amount > base:
        raise SettingRefused(
            "amount",
            f"{plain(discount.amount)} is more than {plain(base)}, the sum of the lines with a fixed price that are "
            "not optional",
        )
