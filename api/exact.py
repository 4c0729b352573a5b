"""Requests whose JSON numbers stay exact: an amount sent as a number must not pass through a float."""

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute


class ExactRequest(Request):
    async def json(self) -> Any:
        if not hasattr(self, "_exact"):
            body = await self.body()
            self._exact = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
        return self._exact


class ExactRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def exactly(request: Request) -> Response:
            return await handle(ExactRequest(request.scope, request.receive))

        return exactly


def _refuse(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is not a number in JSON", name, 0)
