"""Percentages and hours of quotes, and the precision of their arithmetic."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Annotated

from pydantic import AfterValidator, Field

from models.values.money import Currency, round_amount
from models.values.typed_values import AMOUNT_TEXT, DECIMAL_TEXT, decimal_schema

HUNDRED = Decimal(100)
_CENT = Decimal("0.01")
_DIGITS = 100


def _two_decimals(value: Decimal) -> Decimal:
    return value.quantize(_CENT)


_TWO_DECIMALS = AfterValidator(_two_decimals)

# 12 is twelve per cent.
Percent = Annotated[
    Decimal,
    Field(ge=0, le=1000, max_digits=6, decimal_places=2),
    _TWO_DECIMALS,
    DECIMAL_TEXT,
    decimal_schema(r"(1000(\.0{1,2})?|[0-9]{1,3}(\.[0-9]{1,2})?)", minimum=0, maximum=1000),
]
PercentOfWhole = Annotated[
    Decimal,
    Field(ge=0, le=100, max_digits=5, decimal_places=2),
    _TWO_DECIMALS,
    DECIMAL_TEXT,
    decimal_schema(r"(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)", minimum=0, maximum=100),
]
Utilisation = Annotated[
    Decimal,
    Field(ge=1, le=100, max_digits=5, decimal_places=2),
    _TWO_DECIMALS,
    DECIMAL_TEXT,
    decimal_schema(r"(100(\.0{1,2})?|[1-9][0-9]?(\.[0-9]{1,2})?)", minimum=1, maximum=100),
]
MonthHours = Annotated[
    Decimal,
    Field(ge=1, le=744, max_digits=5, decimal_places=2),
    _TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(
        r"(744(\.0{1,2})?|([1-9][0-9]?|[1-6][0-9]{2}|7[0-3][0-9]|74[0-3])(\.[0-9]{1,2})?)", minimum=1, maximum=744
    ),
]
DealHours = Annotated[
    Decimal,
    Field(ge=0, le=99_999, max_digits=7, decimal_places=2),
    _TWO_DECIMALS,
    AMOUNT_TEXT,
    decimal_schema(r"(99999(\.0{1,2})?|[0-9]{1,4}(\.[0-9]{1,2})?)", minimum=0, maximum=99_999),
]


def exactly() -> AbstractContextManager[Context]:
    """Return a context in which products of amounts, hours and rates are exact, so that only their rounding rounds."""
    return localcontext(Context(prec=_DIGITS))


def percentage(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return the part as a percentage of the whole with two decimals; None if the whole is zero."""
    return (part * HUNDRED / whole).quantize(_CENT, ROUND_HALF_UP) if whole else None


def divided(amount: Decimal, weights: Sequence[Decimal], currency: Currency) -> list[Decimal]:
    """Return parts of the amount, each rounded to the minor unit, that add up to it.

    Each part is the difference of two rounded sums, so that no part differs from its share by a unit or more. The sum
    of the weights must not be zero.
    """
    whole = sum(weights)
    found: list[Decimal] = []
    before = weight_so_far = Decimal(0)
    with exactly():
        for weight in weights:
            weight_so_far += weight
            upto = round_amount(amount * weight_so_far / whole, currency)
            found.append(upto - before)
            before = upto
    return found
