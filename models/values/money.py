"""Amounts of money: `Decimal`, rounded half up to the currency's minor unit, once per line.

See docs/specification/pricing.md 4.2.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

ZERO = Decimal("0.00")
HOUR_SECONDS = 3600
CENT_HOUR = Decimal("0.01")


def _two_decimals(amount: Decimal) -> Decimal:
    """Return the amount with two decimals, so that documents, histories and explanations show the same value."""
    return amount.quantize(ZERO) + ZERO  # the addition turns -0.00 into 0.00


Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=2), AfterValidator(_two_decimals)]
PositiveAmount = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=2), AfterValidator(_two_decimals)]


class Currency(StrEnum):
    """The currencies in which the company invoices, as ISO 4217 codes."""

    UZS = "UZS"
    USD = "USD"
    EUR = "EUR"
    MYR = "MYR"


# ISO 4217 minor units. The som has two, and documents print tiyin (docs/specification/pricing.md 1.3).
MINOR_UNITS = {Currency.UZS: 2, Currency.USD: 2, Currency.EUR: 2, Currency.MYR: 2}


def round_amount(value: Decimal, currency: Currency) -> Decimal:
    """Return the value rounded half away from zero at the currency's minor unit: 0.005 -> 0.01, -0.005 -> -0.01."""
    return value.quantize(Decimal(1).scaleb(-MINOR_UNITS[currency]), ROUND_HALF_UP)


def hours(seconds: int) -> Decimal:
    """Return the hours with two decimals, as every document shows them (docs/specification/pricing.md 4.3)."""
    return (Decimal(seconds) / HOUR_SECONDS).quantize(CENT_HOUR, ROUND_HALF_UP)


def apportion(seconds: Sequence[int], whole: Decimal) -> list[Decimal]:
    """Return hours with two decimals that add up to `whole`; the largest remainders get the missing hundredths."""
    exact = [Decimal(s) / HOUR_SECONDS for s in seconds]
    parts = [value.quantize(CENT_HOUR, ROUND_DOWN) for value in exact]
    missing = int((whole - sum(parts)) / CENT_HOUR)
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - exact[i])
    for i in by_remainder[: max(missing, 0)]:
        parts[i] += CENT_HOUR
    return parts


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of the amounts; the sum of none is 0.00."""
    return sum(amounts, ZERO)


def format_multiplier(value: Decimal) -> str:
    """Return a multiplier with at least one decimal and no further trailing zeros: "1.0", "1.25".


    See docs/specification/pricing.md 6.4.
    """
    text = format(value.normalize(), "f")
    return text if "." in text else f"{text}.0"
