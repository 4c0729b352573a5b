"""Gives each request an id and a log line, and counts it. The line contains no bodies, tokens or query values."""

import re
import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics

PREFIX = "/api/v1"  # of every route but the probes and the documentation
REQUEST_ID_HEADER = "X-Request-ID"
_VALID_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_LINK = re.compile(r"^(/q/)[^/]+")  # the address of a quote's link is the key to it
_NOT_LOGGED = frozenset({"/healthz", "/readyz"})  # probes call these every few seconds

log = structlog.get_logger()


def http_request_id_of(scope: Any) -> str:
    """Return the id that the middleware has given to the request."""
    return str(scope["state"]["http_request_id"])


def _route_of(scope: Scope) -> str | None:
    """Return the template of the path, such as /api/v1/invoices/{invoice_id}; None if no route has the path.

    The template that FastAPI names lacks the prefix with which the route's router was included.
    """
    template: str | None = getattr(scope.get("route"), "path_format", None)
    has_prefix = template is None or template.startswith(PREFIX) or not scope["path"].startswith(f"{PREFIX}/")
    return template if has_prefix else f"{PREFIX}{template}"


class RequestLog:
    """Middleware that takes the caller's X-Request-ID or generates one, returns it, and adds it to all log lines."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        http_request_id = given if _VALID_ID.fullmatch(given) else str(uuid4())
        scope.setdefault("state", {})["http_request_id"] = http_request_id
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = http_request_id
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=http_request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                seconds = time.perf_counter() - started
                self._metrics.request_answered(scope["method"], _route_of(scope), status, seconds)
                if scope["path"] not in _NOT_LOGGED:
                    milliseconds = round(seconds * 1000, 1)
                    path = _LINK.sub(r"\1…", scope["path"])
                    log.info("request", method=scope["method"], path=path, status=status, milliseconds=milliseconds)
