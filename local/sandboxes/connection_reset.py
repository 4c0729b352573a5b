"""Cuts a client's connection for real: a TCP reset on the socket, not an answer that merely looks like a failure."""

import socket
import struct
from asyncio import BaseTransport, Transport

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "sandbox.transport"


class CuttableProtocol(H11Protocol):
    """uvicorn's own protocol, which also tells the application which connection it is serving."""

    def connection_made(self, transport: BaseTransport) -> None:
        assert isinstance(transport, Transport)
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), TRANSPORT: transport}
            await app(scope, receive, send)

        self.app = with_transport


async def cut(scope: Scope, receive: Receive) -> None:
    """Returns once the server knows that the connection is gone, so that it does not try to answer on it."""
    transport: Transport = scope["extensions"][TRANSPORT]
    # A linger of zero seconds makes the kernel send RST instead of a polite FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
