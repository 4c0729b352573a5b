"""JSON whose numbers are read and written as Decimal, without a conversion to float.

The standard encoder cannot write a Decimal as a number, and pydantic writes it as a string. This encoder writes it with
all digits and refuses a float, so that an amount can never be one.
"""

import json
from decimal import Decimal
from typing import Any


def dumps(value: object) -> str:
    """Return the value as JSON. Raises TypeError for a float and ValueError for a Decimal that is not finite."""
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} cannot be written as a JSON number")
            return format(value, "f")
        case float():
            raise TypeError("a float is not exact; use Decimal")
        case dict():
            return (
                "{" + ",".join(f"{json.dumps(str(k), ensure_ascii=False)}:{dumps(v)}" for k, v in value.items()) + "}"
            )
        case list() | tuple():
            return "[" + ",".join(dumps(item) for item in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def loads(text: str | bytes) -> Any:
    """Return the value of a JSON text; a number with a fraction becomes a Decimal. Raises ValueError for other text."""
    return json.loads(text, parse_float=Decimal)
