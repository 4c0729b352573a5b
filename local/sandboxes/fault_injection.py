"""Fault injection in front of a sandbox: records each request, applies the queued fault, and keeps the write lock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Receive, Scope, Send

from local.sandboxes.connection_reset import reset_connection
from local.sandboxes.faults import Fault
from local.sandboxes.pages.description import Page
from local.sandboxes.state import SandboxState

ADMIN = "/__sandbox"
NGINX_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Vendor:
    """The sandbox of one vendor."""

    name: str
    app: FastAPI
    state: SandboxState
    refuse: Callable[[int, str], Response]
    """Return an error in the format of this vendor."""
    page: Page
    """The page for a person."""
    needs_write_lock: Callable[[str, str], bool] | None = None
    """Whether a method and path are allowed to one client at a time; None if the vendor has no such lock."""


class FaultInjector:
    """ASGI middleware around the sandbox of one vendor."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._state = vendor.state
        self._writer: tuple[int, int] | None = None
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._vendor.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        method, query = scope["method"], scope["query_string"].decode()
        if path.startswith(ADMIN) or (method, path) == ("GET", "/"):  # the page for a person is at the root
            await self._vendor.app(scope, receive, send)
            return
        body = await _read(receive)
        fault = self._state.take_fault(method, path)
        request_id = (self._state.reset_count, self._state.record_request(method, path, query, body, fault))
        locked = self._vendor.needs_write_lock is not None and self._vendor.needs_write_lock(method, path)
        try:
            answer = await self._answer(scope, body, fault, writer=request_id if locked else None)
        finally:
            if self._writer == request_id:
                self._writer = None
        if answer is None:
            await reset_connection(scope, receive)
            return
        if request_id[0] == self._state.reset_count:
            self._state.record_status(request_id[1], answer.status_code)
        await answer(scope, receive, send)

    async def _answer(
        self, scope: Scope, body: bytes, fault: Fault | None, writer: tuple[int, int] | None
    ) -> Response | None:
        """Return the answer, or None if the connection must be reset."""
        match fault:
            case Fault(kind="reset_before"):
                return None
            case Fault(kind="html_502"):
                return HTMLResponse(NGINX_502, status_code=502)
            case Fault(kind="status", status=int(status)):
                return self._vendor.refuse(status, "a fault that was queued")
            case Fault(kind="one_writer_lock"):
                return self._busy()
            case Fault(kind="late_commit", seconds=float(seconds)):
                late = asyncio.create_task(self._execute_late(scope, body, seconds))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
                return None
        if writer is not None:
            if self._writer is not None and self._writer[0] == self._state.reset_count:
                return self._busy()
            self._writer = writer
        return await self._execute(scope, body, fault)

    async def _execute_late(self, scope: Scope, body: bytes, seconds: float) -> None:
        """Execute the request after a delay, as if it had been held in the network. It does not take the write lock."""
        reset_count = self._state.reset_count
        await asyncio.sleep(seconds)
        if reset_count == self._state.reset_count:
            await _run(self._vendor.app, scope, body)

    async def _execute(self, scope: Scope, body: bytes, fault: Fault | None) -> Response | None:
        answer = await _run(self._vendor.app, scope, body)
        match fault:
            case Fault(kind="commit_then_reset"):
                return None
            case Fault(kind="delay", seconds=float(seconds)):
                await asyncio.sleep(seconds)
            case Fault(kind="empty_200"):
                return Response(status_code=200)
            case Fault(kind="malformed_body"):
                half = bytes(answer.body)[: len(answer.body) // 2]
                return Response(half, answer.status_code, media_type="application/json")
        return answer

    def _busy(self) -> Response:
        return self._vendor.refuse(429, "Another write is running, try again in a few seconds")


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


async def _run(app: FastAPI, scope: Scope, body: bytes) -> Response:
    """Execute the request in the sandbox and return the answer unsent. Its effects are stored by then."""
    started: list[Message] = []
    chunks: list[bytes] = []
    requested = False

    async def receive() -> Message:
        nonlocal requested
        if requested:
            return {"type": "http.disconnect"}
        requested = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, send)
    answer = Response(b"".join(chunks), started[0]["status"])
    answer.raw_headers = list(started[0]["headers"])
    return answer
