"""Stands before each sandbox: writes every request down, plays the queued fault, and keeps the one-writer lock."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Receive, Scope, Send

from local.sandboxes.connection_reset import cut
from local.sandboxes.faults import Fault
from local.sandboxes.state import Store

ADMIN = "/__sandbox"
NGINX_502 = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Vendor:
    name: str
    app: FastAPI
    store: Store
    refuse: Callable[[int, str], Response]
    """An error in this vendor's own shape."""
    takes_the_lock: Callable[[str, str], bool] | None = None
    """Which method and path only one client at a time may use; None where the vendor has no such lock."""


class FaultInjector:
    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self._store = vendor.store
        self._writer: tuple[int, int] | None = None
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._vendor.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith(ADMIN):
            await self._vendor.app(scope, receive, send)
            return
        method, query = scope["method"], scope["query_string"].decode()
        body = await _read(receive)
        fault = self._store.take_fault(method, path)
        me = (self._store.life, self._store.note_request(method, path, query, body, fault))
        locked = self._vendor.takes_the_lock is not None and self._vendor.takes_the_lock(method, path)
        try:
            answer = await self._answer(scope, body, fault, writer=me if locked else None)
        finally:
            if self._writer == me:
                self._writer = None
        if answer is None:
            await cut(scope, receive)
            return
        if me[0] == self._store.life:
            self._store.note_status(me[1], answer.status_code)
        await answer(scope, receive, send)

    async def _answer(
        self, scope: Scope, body: bytes, fault: Fault | None, writer: tuple[int, int] | None
    ) -> Response | None:
        """None: the connection is to be cut."""
        match fault:
            case Fault(kind="reset_before"):
                return None
            case Fault(kind="html_502"):
                return HTMLResponse(NGINX_502, status_code=502)
            case Fault(kind="status", status=int(status)):
                return self._vendor.refuse(status, "a fault that was asked for")
            case Fault(kind="one_writer_lock"):
                return self._busy()
            case Fault(kind="late_commit", seconds=float(seconds)):
                late = asyncio.create_task(self._act_late(scope, body, seconds))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
                return None
        if writer is not None:
            if self._writer is not None and self._writer[0] == self._store.life:
                return self._busy()
            self._writer = writer
        return await self._act(scope, body, fault)

    async def _act_late(self, scope: Scope, body: bytes, seconds: float) -> None:
        """As if the request had hung on its way: not even the writer lock knows of it before it arrives."""
        life = self._store.life
        await asyncio.sleep(seconds)
        if life == self._store.life:
            await _run(self._vendor.app, scope, body)

    async def _act(self, scope: Scope, body: bytes, fault: Fault | None) -> Response | None:
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
    """Lets the sandbox act to the end and holds its answer back; by now whatever it did is stored."""
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
