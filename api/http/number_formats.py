"""The formats of numbers in JSON (docs/specification/pricing.md 6.4).

Hours are texts with two decimals, amounts with at least two, multipliers are texts such as "1.0".
"""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer

from models.values.money import format_multiplier, plain


def _two_decimals(value: Decimal) -> str:
    return f"{value:.2f}"


def _number(value: Decimal) -> int | float:
    """Return the monthly limit, in hours, as a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


Money = Annotated[Decimal, PlainSerializer(plain, return_type=str), Field(examples=["15000000.00"])]
Hours = Annotated[Decimal, PlainSerializer(_two_decimals, return_type=str), Field(examples=["45.50"])]
Quantity = Annotated[Decimal, PlainSerializer(lambda v: format(v, "f"), return_type=str), Field(examples=["2.00"])]
Factor = Annotated[Decimal, PlainSerializer(format_multiplier, return_type=str), Field(examples=["1.0"])]
Limit = Annotated[Decimal, PlainSerializer(_number, return_type=int | float), Field(examples=[40])]
