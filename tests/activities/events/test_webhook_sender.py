"""One attempt: the signature, the address that is called, and answers of every kind."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.events.webhooks.sender import LONGEST_ERROR, Message, WebhookSender, headers
from models.events.webhooks.target import TargetRules

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LAPTOP = TargetRules(allow_http=True, allow_private=True)
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def message(url: str, *secrets: str) -> Message:
    return Message(url=url, event_id="evt_1", body='{"a":1}', secrets=secrets or (SECRET,))


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with WebhookSender.client() as client:
        yield client


def sender(http: httpx.AsyncClient, rules: TargetRules = LAPTOP, timeout_seconds: float = 5) -> WebhookSender:
    return WebhookSender(http, timeout_seconds, rules)


@asynccontextmanager
async def receiver(answer: bytes, *, then_wait: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that reads one request, answers with these bytes, and hangs or closes."""
    requests: list[bytes] = []
    over = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        requests[-1] += await reader.readexactly(len('{"a":1}'))
        writer.write(answer)
        await writer.drain()
        if then_wait:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", requests
    finally:
        over.set()
        server.close()


def test_the_signature_is_the_one_of_the_specification() -> None:
    """The example of the Standard Webhooks libraries: id, timestamp, body and secret with their signature."""
    example = Message(
        url="https://a.example",
        event_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        body='{"test": 2432232314}',
        secrets=(SECRET,),
    )
    sent = headers(example, datetime.fromtimestamp(1614265330, UTC))
    assert sent["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert sent["webhook-timestamp"] == "1614265330"
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_make_two_signatures() -> None:
    other = "whsec_" + "QUFB" * 8
    sent = headers(message("https://a.example", SECRET, other), datetime.fromtimestamp(1614265330, UTC))
    first, second = sent["webhook-signature"].split(" ")
    assert first.startswith("v1,")
    assert second.startswith("v1,")
    assert first != second


async def test_a_request_names_the_host_of_the_url_and_carries_the_body(http: httpx.AsyncClient) -> None:
    async with receiver(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, requests):
        answer = await sender(http).send(message(url))
    assert (answer.status, answer.error) == (204, None)
    [request] = requests
    lines = request.decode().lower()
    assert lines.startswith("post /hook http/1.1")
    assert f"host: {url.removeprefix('http://').partition('/')[0]}" in lines
    assert "content-type: application/json" in lines
    assert request.endswith(b'{"a":1}')


async def test_a_redirect_is_a_failure_and_is_not_followed(http: httpx.AsyncClient) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with receiver(answer) as (url, requests):
        got = await sender(http).send(message(url))
    assert got.status == 302
    assert got.error
    assert len(requests) == 1


async def test_a_success_counts_although_its_body_never_ends(http: httpx.AsyncClient) -> None:
    async with receiver(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf", then_wait=True) as (url, _):
        assert (await sender(http).send(message(url))).status == 200


async def test_of_a_refusal_only_the_beginning_is_read_and_shown_on_one_line(http: httpx.AsyncClient) -> None:
    body = b"<b>broken</b>\r\n\x1b[31m" + b"x" * 1_000_000
    head = b"HTTP/1.1 500 Oops\r\nRetry-After: 120\r\nContent-Length: 99999999\r\n\r\n"
    async with receiver(head + body, then_wait=True) as (url, _):
        answer = await sender(http).send(message(url))
    assert answer.status == 500
    assert answer.retry_after == timedelta(seconds=120)
    assert answer.error is not None
    assert answer.error.startswith("The receiver answered 500: <b>broken</b> [31mxxx")
    assert len(answer.error) <= LONGEST_ERROR
    assert answer.error.isprintable()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 2", b"not http at all\r\n\r\n"], ids=["closed", "broken off", "no HTTP"]
)
async def test_a_connection_that_breaks_has_no_status(http: httpx.AsyncClient, answer: bytes) -> None:
    async with receiver(answer) as (url, _):
        got = await sender(http).send(message(url))
    assert got.status is None
    assert got.error


async def test_a_receiver_that_hangs_is_given_up_after_the_time_limit(http: httpx.AsyncClient) -> None:
    async with receiver(b"HTTP/1.1 200 OK\r\nX-Slow: ", then_wait=True) as (url, _):
        answer = await sender(http, timeout_seconds=0.3).send(message(url))
    assert answer.status is None
    assert "0.3 seconds" in (answer.error or "")


async def test_a_tls_error_is_named(http: httpx.AsyncClient) -> None:
    async def speak_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 this is a mail server\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak_plainly, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await sender(http).send(message(f"https://127.0.0.1:{port}/"))
    assert answer.status is None
    assert "SSL" in (answer.error or "")


async def test_a_port_where_nobody_listens_is_a_failure(http: httpx.AsyncClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    answer = await sender(http).send(message(f"http://127.0.0.1:{port}/"))
    assert answer.status is None
    assert "could not be reached" in (answer.error or "")


async def test_a_name_is_checked_again_when_it_is_sent_to(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that pointed outside when the endpoint was set points inside now: nothing is sent."""
    rules = TargetRules(allow_http=True)
    async with receiver(b"HTTP/1.1 200 OK\r\n\r\n") as (url, requests):
        port = int(url.rpartition(":")[2].partition("/")[0])
        points_to(monkeypatch, "127.0.0.1", port)
        answer = await sender(http, rules).send(message(f"http://erp.example.com:{port}/hook"))
        assert requests == []
    assert answer.status is None
    assert "127.0.0.1" in (answer.error or "")


async def test_one_address_inside_among_others_is_enough_to_send_nothing(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    points_to(monkeypatch, "1.1.1.1", 443, "10.0.0.1")
    answer = await sender(http, TargetRules()).send(message("https://erp.example.com/hook"))
    assert "10.0.0.1" in (answer.error or "")


async def test_the_checked_address_is_called_and_the_name_is_not_looked_up_again(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with receiver(b"HTTP/1.1 200 OK\r\n\r\n") as (url, requests):
        port = int(url.rpartition(":")[2].partition("/")[0])
        looked_up = points_to(monkeypatch, "127.0.0.1", port)
        answer = await sender(http).send(message(f"http://erp.example.com:{port}/hook"))
    assert answer.status == 200
    assert f"host: erp.example.com:{port}" in requests[0].decode().lower()
    assert looked_up.count("erp.example.com") == 1


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".example"])
async def test_a_name_that_cannot_be_looked_up_is_a_failure(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    real = asyncio.get_running_loop().getaddrinfo

    async def unknown(name: Any, *args: Any, **more: Any) -> Any:
        if str(name).endswith(".invalid"):  # the machine of the tests may have no name server at all
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return await real(name, *args, **more)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    answer = await sender(http).send(message(f"http://{host}/"))
    assert answer.status is None
    assert "looked up" in (answer.error or "")


def points_to(monkeypatch: pytest.MonkeyPatch, address: str, port: int, *more: str) -> list[str]:
    """Let the name erp.example.com have these addresses; return the names that are looked up."""
    loop, names = asyncio.get_running_loop(), list[str]()
    real = loop.getaddrinfo

    async def resolve(host: Any, *args: Any, **options: Any) -> Any:
        names.append(host if isinstance(host, str) else host.decode())
        if names[-1] != "erp.example.com":
            return await real(host, *args, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in (address, *more)]

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    return names
