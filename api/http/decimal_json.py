"""Requests whose JSON numbers stay exact, as an amount must never pass through a float, and whose size and depth are
bounded.
"""

import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

LARGEST_BODY = 2 * 1024 * 1024  # bytes; what Temporal takes in one message

# Far beyond every amount. Without a bound `1e2000000` takes seconds to become a whole number, and nobody else is
# answered meanwhile.
_MOST_CHARACTERS = 40
_FARTHEST_EXPONENT = 40
_SHOWN = 20

# Nothing that is sent here has more than six levels, and what looks into a body does so by calling itself.
_MOST_LEVELS = 16


class JsonRefused(HTTPException):
    """The JSON is right, but can mean nothing here. FastAPI passes on no other kind of error."""

    def __init__(self, words: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, words)


class ExactRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_exact"):
            self._exact = _decoded(await self.body())
        return self._exact

    async def stream(self) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            yield chunk


class DecimalJsonRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def exactly(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exactly


def _decoded(body: bytes) -> Any:
    try:
        decoded = json.loads(body, parse_float=_decimal, parse_int=_whole, parse_constant=_refuse)
    except RecursionError:
        raise _too_deep() from None
    level = [decoded]
    for _ in range(_MOST_LEVELS):
        level = [part for whole in level for part in _parts(whole)]
    if any(isinstance(part, dict | list) for part in level):
        raise _too_deep()
    return decoded


def _parts(whole: Any) -> Iterable[Any]:
    match whole:
        case dict():
            return whole.values()
        case list():
            return whole
        case _:
            return ()


def _too_deep() -> JsonRefused:
    return JsonRefused(f"is nested too deeply; {_MOST_LEVELS} levels at the most")


def _decimal(number: str) -> Decimal:
    _, _, exponent = number.lower().partition("e")
    if len(number) > _MOST_CHARACTERS or abs(int(exponent or 0)) > _FARTHEST_EXPONENT:
        raise _meaningless(number)
    return Decimal(number)


def _whole(number: str) -> int:
    if len(number) > _MOST_CHARACTERS:
        raise _meaningless(number)
    return int(number)


def _meaningless(number: str) -> JsonRefused:
    shown = number if len(number) <= _SHOWN else f"{number[:_SHOWN]}…"
    return JsonRefused(f"{shown} is no number that is used here: it is too long, too large or too small")


def _refuse(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a number in JSON", name, 0)
