"""Guessing passwords: failures delay the next login of the name and of the address, and the queue is bounded."""

import asyncio
import threading

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from api.access.passwords import Passwords
from api.app import create_app
from models.access.login_throttle import OF_ADDRESS, OF_NAME
from models.access.tables import LoginFailures
from settings import Settings
from tests.http.access.conftest import Clock, From
from tests.http.callers import PASSWORD, data_of, error_of


async def log_in(http: httpx.AsyncClient, username: str, password: str = PASSWORD) -> httpx.Response:
    return await http.post("/api/v1/auth/login", json={"username": username, "password": password})


async def log_in_at_once(http: httpx.AsyncClient, username: str) -> httpx.Response:
    """Log in with a wrong password, and again as long as a loaded machine connects to PostgreSQL too slowly."""
    while True:
        answer = await log_in(http, username, "wrong")
        if "PostgreSQL" not in answer.text:
            return answer


async def fail(http: httpx.AsyncClient, username: str, times: int) -> None:
    for _ in range(times):
        error_of(await log_in(http, username, "wrong"), 401, "UNAUTHORIZED")


def wait_of(response: httpx.Response) -> int:
    """Return the seconds that a refusal demands, in its header and in its words."""
    error = error_of(response, 429, "TOO_MANY_REQUESTS")
    seconds = response.headers["Retry-After"]
    assert f"try again in {seconds} s" in error["message"]
    return int(seconds)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the one right password fits, without the time of a hash."""
    monkeypatch.setattr(Passwords, "_verify", lambda _, __, password: password == PASSWORD)


@pytest.mark.parametrize("username", ["marat", "nobody"])
@pytest.mark.usefixtures("cheap")
async def test_the_delay_of_a_name_grows(http: httpx.AsyncClient, clock: Clock, username: str) -> None:
    await fail(http, username, OF_NAME.free)
    waits = []
    for _ in range(5):
        waits.append(wait_of(await log_in(http, username, "wrong")))
        wait_of(await log_in(http, username))  # the right password as well
        clock.advance(waits[-1])
        await fail(http, username, 1)
    assert waits == [1, 2, 4, 8, 16]


@pytest.mark.usefixtures("cheap")
async def test_the_right_password_after_the_delay_ends_it(http: httpx.AsyncClient, clock: Clock) -> None:
    await fail(http, "marat", OF_NAME.free)
    clock.advance(1)
    data_of(await log_in(http, "marat"))
    await fail(http, "marat", OF_NAME.free)


@pytest.mark.usefixtures("cheap")
async def test_no_spelling_and_no_address_is_a_way_around_the_delay_of_a_name(client_from: From, clock: Clock) -> None:
    for number, spelling in enumerate(["marat", "MARAT", "Marat", "maRat", "maraT"]):
        await fail(client_from(f"203.0.113.{number}"), spelling, 2)
    wait_of(await log_in(client_from("198.51.100.1"), "marat"))
    data_of(await log_in(client_from("198.51.100.1"), "vera"))


@pytest.mark.usefixtures("cheap")
async def test_one_password_for_many_names_delays_the_address(client_from: From, clock: Clock) -> None:
    spraying = client_from("203.0.113.5")
    for number in range(OF_ADDRESS.free):
        await fail(spraying, f"name{number}", 1)
    wait_of(await log_in(spraying, "vera"))
    data_of(await log_in(client_from("203.0.113.6"), "vera"))
    clock.advance(1)
    data_of(await log_in(spraying, "vera"))  # a success of one's own name does not clear the address
    await fail(spraying, "name", 1)
    wait_of(await log_in(spraying, "vera"))


@pytest.mark.usefixtures("cheap")
async def test_logins_that_succeed_never_delay(http: httpx.AsyncClient, clock: Clock) -> None:
    for _ in range(OF_ADDRESS.free + 5):
        data_of(await log_in(http, "marat"))


@pytest.mark.usefixtures("cheap")
async def test_attempts_at_the_same_time_are_counted_each(client_from: From, clock: Clock) -> None:
    http = client_from("203.0.113.5")
    answers = await asyncio.gather(*(log_in(http, "marat", "wrong") for _ in range(19)))
    assert sorted(answer.status_code for answer in answers) == [401] * OF_NAME.free + [429] * 9


@pytest.mark.usefixtures("cheap")
async def test_all_processes_of_the_api_share_the_failures(
    http: httpx.AsyncClient, api_settings: Settings, clock: Clock
) -> None:
    await fail(http, "marat", OF_NAME.free)
    other = create_app(api_settings, clock=lambda: clock.time)
    transport = httpx.ASGITransport(other, client=("198.51.100.7", 1))
    async with other.router.lifespan_context(other), httpx.AsyncClient(transport=transport, base_url="http://b") as b:
        assert wait_of(await log_in(b, "marat")) == 1


@pytest.mark.usefixtures("cheap")
async def test_forgiven_failures_are_deleted(http: httpx.AsyncClient, clock: Clock, engine: AsyncEngine) -> None:
    for name in ("a", "b", "c"):
        await fail(http, name, 1)
    clock.advance(24 * 3600)
    await fail(http, "d", 1)
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(LoginFailures)) == 2  # d and the address


async def test_a_full_queue_refuses_and_counts_nothing(
    client_from: From, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no hash ends, 20 requests wait; the others are refused at once, and their names are not delayed."""
    go = threading.Event()

    def wait(_: Passwords, __: str, password: str) -> bool:
        go.wait(60)
        return password == PASSWORD

    monkeypatch.setattr(Passwords, "_verify", wait)
    crowd = [asyncio.create_task(log_in_at_once(client_from(f"203.0.113.{n}"), "vera")) for n in range(8)]
    crowd += [asyncio.create_task(log_in_at_once(client_from(f"203.0.113.{n}"), f"name{n}")) for n in range(30)]
    try:
        first = [await each for _, each in zip(range(18), asyncio.as_completed(crowd), strict=False)]
        assert {answer.headers["Retry-After"] for answer in first} == {"5"}
        assert {error_of(answer, 503, "UNAVAILABLE")["message"] for answer in first} == {
            "Too many passwords are being checked; try again in a moment."
        }
    finally:
        go.set()
    assert sorted(answer.status_code for answer in await asyncio.gather(*crowd)) == [401] * 20 + [503] * 18
    monkeypatch.undo()
    data_of(await log_in(client_from("203.0.113.200"), "marat"))


async def test_every_failure_is_logged_without_what_was_typed(http: httpx.AsyncClient, clock: Clock) -> None:
    with capture_logs() as logs:
        await fail(http, "marat", 1)
        await fail(http, "ghost", 1)
        await fail(http, "my secret password", 1)
    found = [entry for entry in logs if entry["event"] == "login_failed"]
    assert [(entry["username"], entry["reason"]) for entry in found] == [
        ("marat", "wrong password"),
        ("ghost", "deactivated"),
        (None, "no such user"),
    ]
    assert all(entry["address"] == "127.0.0.1" and entry["log_level"] == "warning" for entry in found)
    assert "secret" not in str(logs)
