"""JSON whose numbers keep every digit: Decimal out, Decimal in, and no float on the way.

The standard encoder cannot write a Decimal as a number and pydantic writes it as a string; the usual ways round that
(a float subclass, a placeholder replaced afterwards) go through a float or a hack. Walking the value takes ten lines
and refuses a float outright, so one can never slip into an amount unseen.
"""

import json
from decimal import Decimal
from typing import Any


def dumps(value: object) -> str:
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is not a number that JSON can carry")
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
    """Raises ValueError when the text is not JSON."""
    return json.loads(text, parse_float=Decimal)
