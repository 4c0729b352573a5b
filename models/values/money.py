"""Amounts of money: `Decimal`, rounded half up to the currency's minor unit, once per line.

See docs/specification/pricing.md 4.2.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from models.values.currencies import MINOR_UNITS, Currency
from models.values.typed_values import AMOUNT_TEXT, DECIMAL_TEXT, decimal_schema

__all__ = [
    "HOUR_SECONDS",
    "MINOR_UNITS",
    "ZERO",
    "Amount",
    "Currency",
    "Factor",
    "NonNegativeAmount",
    "PositiveAmount",
    "Quantity",
    "apportion",
    "format_multiplier",
    "hours",
    "plain",
    "readable",
    "round_amount",
    "shown",
    "surplus_decimals",
    "total",
]

ZERO = Decimal("0.00")
HOUR_SECONDS = 3600
CENT_HOUR = Decimal("0.01")


def _at_least_two_decimals(amount: Decimal) -> Decimal:
    """Return the amount with two decimals, or with more if it needs them, so that all texts show the same value."""
    return Decimal(plain(amount)) + ZERO  # the addition turns -0.00 into 0.00


def _decimals(amount: Decimal) -> int:
    """Return how many decimals the amount needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


# The rules compare the decimals with those of the currency, of which none has more than four.
_DIGITS = r"[0-9]{1,16}(\.[0-9]{1,4})?"
_PLACES = Field(max_digits=20, decimal_places=4)
_AT_LEAST_TWO_DECIMALS = AfterValidator(_at_least_two_decimals)
_LIMIT = 10**16

Amount = Annotated[
    Decimal,
    _PLACES,
    _AT_LEAST_TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(f"-?{_DIGITS}", exclusiveMinimum=-_LIMIT, exclusiveMaximum=_LIMIT),
]
NonNegativeAmount = Annotated[
    Decimal,
    Field(ge=0),
    _PLACES,
    _AT_LEAST_TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(_DIGITS, minimum=0, exclusiveMaximum=_LIMIT),
]
PositiveAmount = Annotated[
    Decimal,
    Field(gt=0),
    _PLACES,
    _AT_LEAST_TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(rf"(?!0+(\.0*)?$){_DIGITS}", exclusiveMinimum=0, exclusiveMaximum=_LIMIT),
]

Factor = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=6, decimal_places=3),
    DECIMAL_TEXT,
    decimal_schema(r"(100(\.0{1,3})?|[0-9]{1,2}(\.[0-9]{1,3})?)", minimum=0, maximum=100),
]
Quantity = Annotated[
    Decimal,
    Field(ge=0, max_digits=12, decimal_places=2),
    AMOUNT_TEXT,
    decimal_schema(r"[0-9]{1,10}(\.[0-9]{1,2})?", minimum=0, exclusiveMaximum=10**10),
]


def surplus_decimals(amount: Decimal, currency: Currency) -> str | None:
    """Return why the amount has more decimals than the currency, as a message; None if it has not."""
    allowed = MINOR_UNITS[currency]
    if _decimals(amount) <= allowed:
        return None
    return f"an amount in {currency} may have at most {allowed} decimal places"


def plain(amount: Decimal) -> str:
    """Return the amount with at least two decimals and without separators: `1250.00`, `8.275`."""
    return f"{amount:.{max(_decimals(amount), 2)}f}"


def readable(amount: Decimal) -> str:
    """Return the amount with at least two decimals and with separators: `1,250.00`, `8.275`."""
    return f"{amount:,.{max(_decimals(amount), 2)}f}"


def shown(value: Decimal) -> str:
    """Return a number without trailing zeros, as a formula shows it: `160`, `12.5`."""
    return format(value.normalize(), "f")


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
