"""Answers HEAD as GET without the body, and names the methods of a path (RFC 9110, 9.3.2 and 15.5.6)."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class HeadRequests:
    """Middleware that answers HEAD with the headers of GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": "GET", "is_head": True}
        await self._app(inner, receive, send_without_body)
        if "route" in inner:
            scope["route"] = inner["route"]  # what is outside of this middleware counts requests by their route


def allowed_methods(request: Request) -> str:
    """Return the methods of the request's path, as the header Allow lists them."""
    found = [method for method in _METHODS if _is_routed({**request.scope, "method": method}, request.app.routes)]
    return ", ".join(sorted([*found, "HEAD"] if "GET" in found else found))


def _is_routed(scope: Scope, routes: Iterable[BaseRoute]) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
