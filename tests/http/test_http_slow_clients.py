"""A client that is slow, or only holds a connection, is cut off; one that waits for a slow answer is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from api.server import BoundedConfig
from settings import ApiSettings

HOST = "127.0.0.1"
REQUEST_SECONDS, STALL_SECONDS = 0.3, 0.3
PATIENCE_SECONDS = 30
LARGE = 64 * 1024 * 1024  # more than any socket's buffers hold
POST = b"POST /echo HTTP/1.1\r\nHost: api\r\nContent-Length: 4\r\n\r\n"
GET = b"GET /slow HTTP/1.1\r\nHost: api\r\n\r\n"


def app() -> FastAPI:
    """Routes that wait for a body, that answer later than a request may take to arrive, and that answer at length."""
    made = FastAPI()

    @made.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    @made.get("/slow")
    async def slow() -> str:
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 3 * REQUEST_SECONDS)
        return "done"

    @made.get("/large")
    async def large() -> StreamingResponse:
        return StreamingResponse(iter([b"x" * 65_536] * (LARGE // 65_536)))

    return made


@asynccontextmanager
async def serving(connections: int = 100) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    limits = ApiSettings(request_seconds=REQUEST_SECONDS, stall_seconds=STALL_SECONDS, connections=connections)
    server = uvicorn.Server(BoundedConfig.of(app, limits, HOST, 0))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if wanted():
                return
            await asyncio.sleep(0.01)


async def ends(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    return await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)


@pytest.mark.parametrize(
    "sent",
    [b"", POST[:1], POST[:20], POST, POST + b"ab"],
    ids=["nothing", "a byte", "half a header", "no body", "half"],
)
async def test_a_request_that_does_not_arrive_ends(sent: bytes) -> None:
    async with serving() as (server, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(sent)
        await ends(reader)
        writer.close()
        await until(lambda: not server.server_state.connections)


async def test_a_byte_now_and_then_does_not_keep_it_open() -> None:
    async with serving() as (_, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not reader.at_eof():
                writer.write(b"G")
                with suppress(TimeoutError, ConnectionError):
                    await asyncio.wait_for(reader.read(1), REQUEST_SECONDS / 10)
        writer.close()


async def test_an_answer_that_nobody_takes_ends() -> None:
    async with serving() as (server, port):
        _, writer = await asyncio.open_connection(HOST, port, limit=1)
        writer.write(GET.replace(b"/slow", b"/large"))
        await until(lambda: bool(server.server_state.connections))
        await until(lambda: not server.server_state.connections)
        writer.close()


async def test_a_slow_answer_is_waited_for_and_a_large_one_arrives() -> None:
    async with serving() as (_, port):
        reader, writer = await asyncio.open_connection(HOST, port)
        for _ in range(2):  # on one connection
            writer.write(GET)
            assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200")
            await reader.readexactly(1)  # the closing quote
        writer.write(GET.replace(b"/slow", b"/large").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert len(await ends(reader)) > LARGE
        writer.close()


async def test_more_connections_than_allowed_are_refused() -> None:
    async with serving(connections=1) as (server, port):
        served, held = await asyncio.open_connection(HOST, port)
        held.write(GET)
        await until(lambda: bool(server.server_state.tasks))
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(GET)
        assert (await reader.readline()).startswith(b"HTTP/1.1 503")
        assert (await served.readline()).startswith(b"HTTP/1.1 200")
        held.close()
        writer.close()
