"""Requests whose JSON numbers stay exact, as an amount must never pass through a float, and whose size is bounded."""

import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from decimal import Decimal
from http import HTTPStatus
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

LARGEST_BODY = 2 * 1024 * 1024  # bytes; what Temporal takes in one message


class ExactRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_exact"):
            self._exact = json.loads(await self.body(), parse_float=Decimal, parse_constant=_refuse)
        return self._exact

    async def stream(self) -> AsyncGenerator[bytes, None]:
        size = 0
        async for chunk in super().stream():
            size += len(chunk)
            if size > LARGEST_BODY:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            yield chunk


class ExactRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def exactly(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exactly


def _refuse(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a number in JSON", name, 0)
