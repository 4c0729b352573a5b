"""Request bodies whose JSON numbers become Decimal, because an amount must never pass through a float.

The size of a body, the length of a number and the depth of nesting are limited.
"""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

MIB = 1024 * 1024
LARGEST_BODY = 2 * MIB  # the limit of one message to Temporal

# Far beyond every amount. Without a limit, converting `1e2000000` to an integer takes seconds and blocks the process.
_MOST_CHARACTERS = 40
_FARTHEST_EXPONENT = 40
_SHOWN_CHARACTERS = 20

# No body of this API has more than six levels. Code that walks a body is recursive, so the depth must be limited.
_MOST_LEVELS = 16


class JsonRefused(HTTPException):
    """The JSON is well-formed, but a number or the nesting is beyond the limits, or a field stands twice.

    It is an HTTPException because FastAPI turns every other exception of a body into a message of its own.
    """

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, message)


class BodyTooLarge(HTTPException):
    """The body has more than `largest` bytes."""

    def __init__(self, largest: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.largest = largest


class DecimalJsonRequest(Request):
    """A request that decodes JSON numbers as Decimal and int, and refuses bodies above `largest_body`."""

    largest_body = LARGEST_BODY

    async def json(self) -> Any:
        if not hasattr(self, "_decimal_json"):
            self._decimal_json = _decoded(await self.body())
        return self._decimal_json

    async def stream(self) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > self.largest_body:
                raise BodyTooLarge(self.largest_body)
            yield chunk


class DecimalJsonRoute(APIRoute):
    """A route whose endpoint gets a `DecimalJsonRequest`."""

    request_class = DecimalJsonRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_decimal_json(request: Request) -> Response:
            return await handle(self.request_class(request.scope, request.receive))

        return handle_decimal_json


def _decoded(body: bytes) -> Any:
    try:
        decoded = json.loads(
            body, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except RecursionError:
        raise _too_deep() from None
    level = [decoded]
    for _ in range(_MOST_LEVELS):
        level = [child for value in level for child in _children(value)]
    if any(isinstance(value, dict | list) for value in level):
        raise _too_deep()
    return decoded


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. Raise JsonRefused for a doubled field, whose first value would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        doubled = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise JsonRefused(f"has the field {doubled[:_SHOWN_CHARACTERS]!r} twice; give it once")
    return found


def _children(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _too_deep() -> JsonRefused:
    return JsonRefused(f"is nested too deeply; at most {_MOST_LEVELS} levels are accepted")


def _decimal(number: str) -> Decimal:
    _, _, exponent = number.lower().partition("e")
    if len(number) > _MOST_CHARACTERS or abs(int(exponent or 0)) > _FARTHEST_EXPONENT:
        raise _out_of_range(number)
    return Decimal(number)


def _integer(number: str) -> int:
    if len(number) > _MOST_CHARACTERS:
        raise _out_of_range(number)
    return int(number)


def _out_of_range(number: str) -> JsonRefused:
    shown = number if len(number) <= _SHOWN_CHARACTERS else f"{number[:_SHOWN_CHARACTERS]}…"
    return JsonRefused(f"the number {shown} is too long, too large or too small")


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a number in JSON", name, 0)
