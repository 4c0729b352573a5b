"""Values that people and programs type: numbers, flags and days are read in one way or refused, and nothing is guessed.

JSON has numbers and flags of its own, so `"5"` is no whole number here and `true` is not 1. Amounts may be texts, in
digits with a point. A comma or a point before exactly three last digits can separate thousands or decimals: such a text
is refused with both readings.

Commands in histories and values in the database were read when they were typed. They are read again as they were
written, so that a history replays unchanged (`AS_RECORDED`).
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticKnownError

AS_RECORDED = {"as_recorded": True}

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_TWO_READINGS = re.compile(r"-?[0-9]+(?:[0-9\s]*[0-9])?[.,][0-9]{3}")
# Groups of three digits between equal separators, then the decimals after another separator.
_GROUPED = re.compile(
    r"(?P<whole>-?(?:[0-9]+|[0-9]{1,3}(?P<separator>[\s,.])[0-9]{3}(?:(?P=separator)[0-9]{3})*))"
    r"(?:(?P<mark>[,.])(?P<decimals>[0-9]+))?"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_recorded(info: ValidationInfo) -> bool:
    """Return whether the value comes from a history or the database, where it was accepted before."""
    return info.mode == "json" or info.context == AS_RECORDED


def two_readings(text: str) -> tuple[str, str] | None:
    """Return the readings of `150,000`, 150.00 and 150000.00; None for a text that does not have two.

    A reading with three decimals is given with four, as in 1.5050, because it would have two readings again.
    """
    if not _TWO_READINGS.fullmatch(text.strip()):
        return None
    digits = re.sub(r"\s", "", text)
    decimal, thousands = Decimal(digits.replace(",", ".")), Decimal(re.sub("[.,]", "", digits))
    return (f"{decimal:.4f}" if decimal % Decimal("0.01") else f"{decimal:.2f}"), f"{thousands:.2f}"


def plain_number(text: str, *, separator_is_decimal: bool = False) -> str | None:
    """Return a number of a spreadsheet in digits with a point: `1 500,5` is `1500.5`, `1,500.00` is `1500.00`.

    Return None for a text that is no number or has two readings. `separator_is_decimal` is for numbers that have no
    thousands.
    """
    text = text.strip()
    if separator_is_decimal:
        number = text.replace(",", ".", 1)
        return number if _PLAIN.fullmatch(number) else None
    found = _GROUPED.fullmatch(text)
    if found is None or two_readings(text) or (found["mark"] and found["mark"] == found["separator"]):
        return None
    whole = re.sub(r"[\s,.]", "", found["whole"])
    return f"{whole}.{found['decimals']}" if found["decimals"] else whole


def _unless_recorded(check: Callable[[Any], None]) -> BeforeValidator:
    def validate(value: Any, info: ValidationInfo) -> Any:
        if not is_recorded(info):
            check(value)
        return value

    return BeforeValidator(validate)


def _check_amount(value: Any) -> None:
    if isinstance(value, str) and (both := two_readings(value)):
        raise ValueError(f"{value.strip()} can mean {both[0]} or {both[1]}; write it as one of them")
    _check_decimal(value)


def _check_decimal(value: Any) -> None:
    if isinstance(value, bool) or (isinstance(value, str) and not _PLAIN.fullmatch(value)):
        raise PydanticKnownError("decimal_parsing")


def _check_whole(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticKnownError("int_type")


def _check_whole_parameter(value: Any) -> None:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+", value):
        raise PydanticKnownError("int_parsing")


def _check_flag(value: Any) -> None:
    if not isinstance(value, bool):
        raise PydanticKnownError("bool_type")


def _check_day(value: Any) -> None:
    if not isinstance(value, str | date) or (isinstance(value, str) and not _DAY.fullmatch(value)):
        raise PydanticKnownError("date_type")


def _check_moment(value: Any) -> None:
    if not isinstance(value, str | datetime) or (isinstance(value, str) and not re.match(r"[0-9]{4}-", value)):
        raise PydanticKnownError("datetime_type")


# An amount or hours as text. Three decimals, which a few currencies have, are written with a fourth: 1.5050.
AMOUNT_TEXT = _unless_recorded(_check_amount)
# A factor or a share: its third decimal is a decimal, because there are no thousands of them.
DECIMAL_TEXT = _unless_recorded(_check_decimal)

Whole = Annotated[int, _unless_recorded(_check_whole)]
WholeParameter = Annotated[int, _unless_recorded(_check_whole_parameter)]
Flag = Annotated[bool, _unless_recorded(_check_flag)]
DAY_TEXT = _unless_recorded(_check_day)
DAY_SCHEMA = WithJsonSchema(
    {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"}
)
TypedDay = Annotated[date, DAY_TEXT, DAY_SCHEMA]
TypedMoment = Annotated[
    datetime,
    _unless_recorded(_check_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "with its time zone"}),
]


def decimal_schema(pattern: str, **limits: int) -> WithJsonSchema:
    """Return the JSON schema of a decimal: a number within the limits, or a text of the pattern."""
    return WithJsonSchema({"anyOf": [{"type": "number", **limits}, {"type": "string", "pattern": f"^{pattern}$"}]})
