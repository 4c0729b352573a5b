"""The WebSocket connections of the sandbox signer: one message for each, recorded, and with the faults that are queued.

A message counts as a request with the method WS and the path of its function, such as `/pkcs7/create_pkcs7`.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from local.sandboxes.fault_injection import NGINX_502
from local.sandboxes.faults import Fault
from local.sandboxes.signer.app import Signer

PATH = "/service/cryptapi"
METHOD = "WS"


@dataclass(frozen=True)
class Connections:
    """Accepts and serves connections for the signer."""

    signer: Signer

    def accept(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse every connection while the program is switched off, and one to another path."""
        if not self.signer.is_running:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "the signer is switched off\n")
        if request.path != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, "unknown path\n")
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """Answer one message and close the connection."""
        assert connection.request is not None
        origin = connection.request.headers.get("Origin", "").rpartition("/")[2].partition(":")[0]
        with suppress(ConnectionClosed):
            message = await connection.recv()
            text = await self._exchange(origin, message)
            if text is None:
                connection.transport.abort()
                return
            await connection.send(text)
        await connection.close()

    async def _exchange(self, origin: str, message: str | bytes) -> str | None:
        """Return the answer, or None if the connection breaks instead."""
        state, path = self.signer.state, _path(message)
        body = message if isinstance(message, bytes) else message.encode()
        fault = state.take_fault(METHOD, path)
        number = state.record_request(METHOD, path, "", body, fault)
        match fault:
            case Fault(kind="reset_before"):
                return None
            case Fault(kind="html_502"):
                return NGINX_502
            case Fault(kind="status" | "one_writer_lock"):
                state.record_status(number, fault.status or 429)
                return json.dumps({"success": False, "reason": "a fault that was queued"})
            case Fault(kind="late_commit", seconds=float(seconds)):
                await asyncio.sleep(seconds)
        answer = self.signer.answer(origin, message)
        text = json.dumps(answer)
        match fault:
            case Fault(kind="commit_then_reset" | "late_commit"):
                return None
            case Fault(kind="delay", seconds=float(seconds)):
                await asyncio.sleep(seconds)
            case Fault(kind="empty_200"):
                text = ""
            case Fault(kind="malformed_body"):
                text = text[: len(text) // 2]
        state.record_status(number, 200 if answer["success"] else 400)
        return text


def _path(message: str | bytes) -> str:
    """Return the plugin and the function that a message calls, as a path."""
    try:
        call = json.loads(message)
        parts = [call.get("plugin"), call.get("name")]
    except (ValueError, AttributeError):
        parts = []
    return "/" + "/".join(str(part) for part in parts if part)
