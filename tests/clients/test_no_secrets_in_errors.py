"""The error of a failed call contains no key, token or password, neither in Temporal nor in the logs."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr
from temporalio.api.failure.v1 import Failure
from temporalio.converter import DataConverter, DefaultFailureConverter

from activities.clients.clickhouse.errors import WarehouseRefused
from activities.clients.clickhouse.warehouse import Warehouse
from activities.clients.didox import client as didox
from activities.clients.didox.client import Didox
from activities.clients.errors import Ambiguous, ClientError, Transient
from activities.clients.http_exchange import exchange
from activities.clients.mailbox_search import MailProbe
from activities.clients.planfact import client as planfact
from activities.clients.planfact.client import PlanFact

SECRET = "5ECRET-key-1234"


def stored_text(error: BaseException) -> str:
    """Return the error as Temporal stores it, with its causes, and as a log prints it."""
    failure = Failure()
    DefaultFailureConverter().to_failure(error, DataConverter.default.payload_converter, failure)
    return f"{failure}\n{''.join(traceback.format_exception(error))}"


async def failure_of(call: Callable[[], Awaitable[object]]) -> ClientError:
    with pytest.raises(ClientError) as caught:
        await call()
    return caught.value


def answering(*, status: int = 200, content: bytes) -> httpx.AsyncClient:
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    return httpx.AsyncClient(base_url="http://vendor.example", transport=transport)


@asynccontextmanager
async def listening() -> AsyncIterator[str]:
    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


LOGIN_ANSWERS = {
    "another shape": b'{"data": {"token": "%s"}}',
    "a list": b'["%s"]',
    "a number": b'{"token": ["%s"]}',
    "no JSON": b'{"token": "%s"',
    "not UTF-8": b'\xff{"token": "%s"}',
}


@pytest.mark.parametrize("name", LOGIN_ANSWERS)
async def test_a_login_answer_that_cannot_be_read(name: str) -> None:
    """The answer may contain the user key, which allows to act in the name of the company."""
    answer = LOGIN_ANSWERS[name] % SECRET.encode()
    client = Didox(answering(content=answer), "309630523", SecretStr("password"))
    error = await failure_of(lambda: client.get("x"))
    assert isinstance(error, Transient)
    assert "Didox answered 200, but the answer" in error.message
    assert SECRET not in stored_text(error)


async def test_the_fields_that_are_wrong_are_named() -> None:
    error = await failure_of(lambda: Didox(answering(content=b"{}"), "309630523", SecretStr("password")).get("x"))
    assert "not of the expected shape (token)" in error.message


async def test_an_answer_of_another_shape() -> None:
    content = b'{"data": {"items": "%s", "total": 0}, "isSuccess": true}' % SECRET.encode()
    error = await failure_of(lambda: PlanFact(answering(content=content), 1).find_deal("APP-001"))
    assert "expected shape" in error.message
    assert SECRET not in stored_text(error)


async def test_a_mailbox_list_that_cannot_be_read() -> None:
    content = b'[{"body": "%s"' % SECRET.encode()
    error = await failure_of(lambda: MailProbe(answering(content=content), "/api/messages")("<id>"))
    assert SECRET not in stored_text(error)


@pytest.mark.parametrize("vendor", ["didox", "planfact"])
async def test_a_key_with_a_line_break(vendor: str) -> None:
    """A secret that is read from a file may end with a line break; no request can be made with it."""
    connect = {"didox": didox.connect, "planfact": planfact.connect}[vendor]
    async with listening() as url, connect(url, SecretStr(f"{SECRET}\n"), 5.0) as http:
        calls = {
            "didox": lambda: Didox(http, "309630523", SecretStr("password")).get("x"),
            "planfact": lambda: PlanFact(http, 1).find_deal("APP-001"),
        }
        error = await failure_of(calls[vendor])
    assert "LocalProtocolError" in error.message
    assert SECRET not in stored_text(error)


@pytest.mark.parametrize(("changes", "kind"), [(False, Transient), (True, Ambiguous)])
async def test_a_write_that_breaks_off_is_ambiguous(changes: bool, kind: type[ClientError]) -> None:
    def break_off(_: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError(f"Illegal header value b'{SECRET}'")

    async with httpx.AsyncClient(transport=httpx.MockTransport(break_off)) as http:
        error = await failure_of(lambda: exchange(http, "V", "POST", "http://v.example", changes=changes))
    assert isinstance(error, kind)
    assert SECRET not in stored_text(error)


@pytest.mark.parametrize(
    "dsn",
    [f"http://default:{SECRET}/x@127.0.0.1:8123/db", f"http://default:{SECRET}@127.0.0.1:port/db"],
)
def test_a_clickhouse_url_that_cannot_be_read(dsn: str) -> None:
    """A slash in a password ends the host part of the URL, so that the rest is reported as a wrong port."""
    with pytest.raises(WarehouseRefused, match="AKTUM_CLICKHOUSE__URL") as caught:
        Warehouse.at(dsn).contracts()
    assert SECRET not in stored_text(caught.value)


def test_a_wrong_clickhouse_password(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Exception, match="ClickHouse") as caught:
        Warehouse.at(f"http://default:{SECRET}@127.0.0.1:9/default").contracts()
    assert SECRET not in stored_text(caught.value)
    assert SECRET not in caplog.text
