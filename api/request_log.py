"""One id and one log line for each request: JSON, without bodies, tokens or query values."""

import logging
import re
import sys
import time
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID_HEADER = "X-Request-ID"
_FIT = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_QUIET = frozenset({"/healthz", "/readyz"})  # asked every few seconds by machines

log = structlog.get_logger()


def http_request_id_of(scope: Any) -> str:
    return str(scope["state"]["http_request_id"])


class RequestLog:
    """Takes the caller's X-Request-ID or makes one, echoes it, and binds it to all that is logged meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        http_request_id = given if _FIT.fullmatch(given) else str(uuid4())
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
                if scope["path"] not in _QUIET:
                    milliseconds = round((time.perf_counter() - started) * 1000, 1)
                    log.info(
                        "request", method=scope["method"], path=scope["path"], status=status, milliseconds=milliseconds
                    )


def configure(level: str) -> None:
    """JSON lines on standard error, those of uvicorn and of the libraries included."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").disabled = True  # each request has its own line above
    logging.getLogger("httpx").setLevel(logging.WARNING)  # its lines carry whole addresses, passwords included
