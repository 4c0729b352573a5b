"""Amounts of money: `Decimal`, rounded half up to the currency's minor unit, once per line.

See docs/specification/pricing.md 4.2.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field

from models.values.typed_values import AMOUNT_TEXT, DECIMAL_TEXT, decimal_schema

ZERO = Decimal("0.00")
HOUR_SECONDS = 3600


def _two_decimals(amount: Decimal) -> Decimal:
    """Return the amount with two decimals, so that documents, histories and explanations show the same value."""
    return amount.quantize(ZERO) + ZERO  # the addition turns -0.00 into 0.00


_DIGITS = r"[0-9]{1,16}(\.[0-9]{1,2})?"
_PLACES = Field(max_digits=18, decimal_places=2)
_TWO_DECIMALS = AfterValidator(_two_decimals)
_LIMIT = 10**16

Amount = Annotated[
    Decimal,
    _PLACES,
    _TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(f"-?{_DIGITS}", exclusiveMinimum=-_LIMIT, exclusiveMaximum=_LIMIT),
]
NonNegativeAmount = Annotated[
    Decimal,
    Field(ge=0),
    _PLACES,
    _TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(_DIGITS, minimum=0, exclusiveMaximum=_LIMIT),
]
PositiveAmount = Annotated[
    Decimal,
    Field(gt=0),
    _PLACES,
    _TWO_DECIMALS,
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
    return (Decimal(seconds) / HOUR_SECONDS).quantize(Decimal("0.01"), ROUND_HALF_UP)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of the amounts; the sum of none is 0.00."""
    return sum(amounts, ZERO)


def format_multiplier(value: Decimal) -> str:
    """Return a multiplier with at least one decimal and no further trailing zeros: "1.0", "1.25".


    See docs/specification/pricing.md 6.4.
    """
    text = format(value.normalize(), "f")
    return text if "." in text else f"{text}.0"
