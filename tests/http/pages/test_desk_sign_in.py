"""Signing in and out of the desk, and who may see what."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.app import create_app
from api.pages.sessions import HOST_COOKIE
from models.access.login_throttle import OF_NAME
from models.access.roles import Role
from models.access.tables import User
from settings import Settings
from tests.http.callers import HASHED, NAMES, PASSWORD
from tests.http.pages.desk_visits import Visitor


@pytest.fixture
async def stranger(api_settings: Settings, users: dict[Role, str]) -> AsyncIterator[Visitor]:
    """The clock is the real one, because PyJWT uses it when it reads a token."""
    app = create_app(api_settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            yield Visitor(client)


async def test_a_page_sends_a_stranger_to_the_sign_in_page_and_back(stranger: Visitor) -> None:
    page = await stranger.get("/invoices?status=paid")
    assert page.status == 303
    assert page.response.headers["Location"] == "/login?next=/invoices%3Fstatus%3Dpaid"
    sign_in = await stranger.get(page.response.headers["Location"])
    assert sign_in.fields("form[action='/login']")["next"] == "/invoices?status=paid"


async def test_the_right_password_begins_a_session(stranger: Visitor) -> None:
    data = {"username": NAMES[Role.EDITOR], "password": PASSWORD, "next": "/invoices?status=paid"}
    answer = (await stranger.post("/login", data)).response
    assert (answer.status_code, answer.headers["Location"]) == (303, "/invoices?status=paid")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{HOST_COOKIE}=")
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    token = cookie.partition("=")[2].partition(";")[0]
    assert (await Visitor(stranger.http, token).get("/invoices")).status == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
async def test_nobody_is_sent_to_another_site(stranger: Visitor, elsewhere: str) -> None:
    data = {"username": NAMES[Role.EDITOR], "password": PASSWORD, "next": elsewhere}
    assert (await stranger.post("/login", data)).response.headers["Location"] == "/"


@pytest.mark.parametrize(("username", "password"), [("lena", "wrong"), ("ghost", PASSWORD), ("nobody-knows", "x")])
async def test_every_failure_has_one_message(stranger: Visitor, username: str, password: str) -> None:
    page = await stranger.post("/login", {"username": username, "password": password})
    assert page.status == 401
    assert page.texts("[role=alert]") == ["The name or the password is wrong."]
    assert page.fields("form[action='/login']")["username"] == username
    assert "Set-Cookie" not in page.response.headers


async def test_many_failures_must_wait_as_at_the_api(stranger: Visitor) -> None:
    wrong = {"username": "tries-often", "password": "x"}
    tries = [await stranger.post("/login", wrong) for _ in range(OF_NAME.free + 1)]
    assert {each.status for each in tries[:-1]} == {401}
    last = tries[-1]
    assert last.status == 429
    assert int(last.response.headers["Retry-After"]) > 0
    assert "Try again in" in last.text


async def test_signing_out_ends_the_session(stranger: Visitor, engine: AsyncEngine) -> None:
    """As a user of this test alone, because it ends the sessions of the user everywhere."""
    async with engine.begin() as connection:
        row = {"username": "oleg", "password_hash": HASHED, "role": "viewer", "active": True}
        await connection.execute(insert(User).values(row).on_conflict_do_nothing())
    cookie = (await stranger.post("/login", {"username": "oleg", "password": PASSWORD})).response.headers["Set-Cookie"]
    oleg = Visitor(stranger.http, cookie.partition("=")[2].partition(";")[0])
    assert (await oleg.get("/me")).status == 200
    answer = (await oleg.post("/logout", {})).response
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (await oleg.get("/me")).status == 303


async def test_the_api_does_not_accept_the_cookie(visitor: Callable[[Role], Visitor]) -> None:
    page = await visitor(Role.ADMIN).get("/api/v1/invoices")
    assert page.status == 401
    assert page.response.json()["error"]["code"] == "UNAUTHORIZED"
