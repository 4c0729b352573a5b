"""The formats of numbers in JSON (docs/specification/pricing.md 6.4).

Hours are texts with two decimals, amounts with at least two, multipliers are texts such as "1.0".
"""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

from models.values.money import format_multiplier, plain


def _two_decimals(value: Decimal) -> str:
    return f"{value:.2f}"


def _number(value: Decimal) -> int | float:
    """Return the monthly limit, in hours, as a JSON number."""
    return int(value) if value == value.to_integral_value() else float(value)


def _text(example: str, pattern: str) -> WithJsonSchema:
    """Return the schema of a number that is sent as text. Without it, the schema would be that of a Decimal's input."""
    return WithJsonSchema({"type": "string", "pattern": f"^-?[0-9]+{pattern}$", "examples": [example]})


Money = Annotated[Decimal, PlainSerializer(plain, return_type=str), _text("15000000.00", r"\.[0-9]{2,4}")]
Hours = Annotated[Decimal, PlainSerializer(_two_decimals, return_type=str), _text("45.50", r"\.[0-9]{2}")]
Quantity = Annotated[Decimal, PlainSerializer(lambda v: format(v, "f"), return_type=str), _text("2.00", r"(\.[0-9]+)?")]
Factor = Annotated[Decimal, PlainSerializer(format_multiplier, return_type=str), _text("1.0", r"\.[0-9]+")]
Limit = Annotated[
    Decimal,
    PlainSerializer(_number, return_type=int | float),
    WithJsonSchema({"type": "number", "examples": [40]}),
]
