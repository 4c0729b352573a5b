"""A TCP line to a real server that breaks where a test wants it: the faults that a vendor's own server cannot play."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, Self
from urllib.parse import urlsplit

Fault = Literal["reset_before", "commit_then_reset", "busy", "forbidden"]
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


DENIED = b"<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>"
FORBIDDEN = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(DENIED), DENIED)
ANSWERS: dict[Fault, bytes] = {"busy": BUSY, "forbidden": FORBIDDEN}


@dataclass
class BrokenLine:
    """Each queued fault spoils one PUT, or one GET where it is `forbidden`; everything else goes through."""

    host: str
    port: int
    url: str = ""
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Self]:
        address = urlsplit(url)
        line = cls(address.hostname or "", address.port or 80)
        server = await asyncio.start_server(line._serve, "127.0.0.1", 0)
        line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield line
        server.close()

    async def _serve(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        server, request = await asyncio.open_connection(self.host, self.port)
        spoiling: list[Fault] = []
        pumps = (self._ask(client, request, answer, spoiling), self._answer(server, answer, spoiling))
        await asyncio.gather(*pumps, return_exceptions=True)
        request.close()

    async def _ask(
        self,
        client: asyncio.StreamReader,
        request: asyncio.StreamWriter,
        answer: asyncio.StreamWriter,
        spoiling: list[Fault],
    ) -> None:
        while data := await client.read(65536):
            method = b"GET " if self.faults[:1] == ["forbidden"] else b"PUT "
            if data.startswith(method) and self.faults:
                spoiling.append(self.faults.pop(0))
                answer.write(ANSWERS.get(spoiling[-1], b""))
                if spoiling[-1] != "commit_then_reset":
                    break
            request.write(data)
        if spoiling and spoiling[-1] == "reset_before":
            answer.transport.abort()
        elif spoiling and spoiling[-1] in ANSWERS:
            answer.close()
        request.close()

    async def _answer(self, server: asyncio.StreamReader, answer: asyncio.StreamWriter, spoiling: list[Fault]) -> None:
        while data := await server.read(65536):
            if spoiling and spoiling[-1] == "commit_then_reset" and b" 100 " not in data[:20]:
                answer.transport.abort()
                return
            answer.write(data)
        answer.close()
