"""Resets the TCP connection of a client, as a failing network does."""

import socket
import struct
from asyncio import BaseTransport, Transport

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT = "sandbox.transport"


class ResettableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also passes the transport of the connection to the application."""

    def connection_made(self, transport: BaseTransport) -> None:
        assert isinstance(transport, Transport)
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), TRANSPORT: transport}
            await app(scope, receive, send)

        self.app = with_transport


async def reset_connection(scope: Scope, receive: Receive) -> None:
    """Reset the connection and return when the server knows that it is closed, so that it sends no answer."""
    transport: Transport = scope["extensions"][TRANSPORT]
    # With a linger of zero seconds the kernel sends RST instead of FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
