"""What every page has: headers, languages, errors for people, files, and the refusal of forms of other sites."""

import re
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from api.pages.assets import assets
from api.pages.rendering import POLICY
from models.access.roles import Role
from settings import Settings
from tests.http.callers import user_of
from tests.http.pages.desk_visits import Visitor

OTHER = "https://evil.example"


async def test_a_page_lets_a_browser_load_only_from_the_desk(visitor: Callable[[Role], Visitor]) -> None:
    page = await visitor(Role.VIEWER).get("/invoices")
    headers = page.response.headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "style=" not in page.response.text
    assert not re.search(r"\son\w+=", page.response.text)
    addresses = page.all("[src], link[href]")
    assert all((each.attributes.get("src") or each.attributes.get("href") or "").startswith("/") for each in addresses)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://api"}, 403),
        ({"Origin": "http://api"}, 303),
        ({"Origin": OTHER}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_form_must_come_from_the_desk(http: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await http.post("/look", data={"language": "ru", "back": "/me"}, headers=headers)
    assert answer.status_code == status
    assert ("Set-Cookie" in answer.headers) == (status == 303)


async def test_the_api_asks_for_no_origin(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/v1/auth/login", json={"username": "x", "password": "y"}, headers={"Origin": OTHER})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("en-US,en;q=0.9", "en"), ("fr,de;q=0.5", "en"), ("", "en"), ("uz,ru", "ru")],
)
async def test_the_language_is_that_of_the_browser(stranger: Visitor, accepted: str, language: str) -> None:
    page = await stranger.get("/login", **{"Accept-Language": accepted})
    assert page.all("html")[0].attributes["lang"] == language


async def test_a_chosen_language_stays(stranger: Visitor) -> None:
    page = await stranger.speaking("ru").get("/login", **{"Accept-Language": "en"})
    assert "Войти" in page.text


async def test_an_unknown_page_is_a_page_for_people_and_json_for_programs(
    visitor: Callable[[Role], Visitor], http: httpx.AsyncClient
) -> None:
    page = await visitor(Role.VIEWER).get("/nothing-here")
    assert page.status == 404
    assert page.texts("h1") == ["This page does not exist"]
    assert page.texts("code") == [page.response.headers["X-Request-ID"]]
    assert (await http.get("/nothing-here")).json()["error"]["code"] == "NOT_FOUND"
    unknown_route = await http.get("/api/v1/nothing", headers={"Accept": "text/html"})
    assert unknown_route.json()["error"]["code"] == "NOT_FOUND"


async def test_a_page_says_that_postgresql_does_not_answer(api_settings: Settings) -> None:
    nowhere = SecretStr("postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(api_settings.model_copy(update={"database_url": nowhere}))
    async with app.router.lifespan_context(app):
        token, _ = app.state.tokens.issue(user_of(Role.VIEWER), app.state.app_state.started)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            for path in ("/invoices", "/", "/login"):
                page = await Visitor(client, token).get(path)
                assert page.status == 503
                assert page.texts("h1") == ["A part of the system does not answer"]
                assert "PostgreSQL does not answer" in page.text
                assert page.response.headers["Retry-After"] == "5"
                assert page.response.headers["Content-Security-Policy"] == POLICY


async def test_the_files_are_kept_for_a_year_under_their_digest(http: httpx.AsyncClient) -> None:
    for name, found in assets().items():
        answer = await http.get(found.address)
        assert answer.status_code == 200, name
        assert answer.headers["Content-Type"] == found.media_type
        assert "immutable" in answer.headers["Cache-Control"]
    assert (await http.get("/assets/desk-000000000000.css")).status_code == 404


async def test_a_first_view_is_small(http: httpx.AsyncClient, visitor: Callable[[Role], Visitor]) -> None:
    """At most 150 KB with the files of a first view, as they are sent to a browser."""
    sizes = []
    for name in ("desk.css", "desk.js", "htmx.js", *(f"source-sans-{weight}.woff" for weight in (400, 600, 700))):
        async with http.stream("GET", assets()[name].address, headers={"Accept-Encoding": "gzip"}) as answer:
            sizes.append(sum([len(part) async for part in answer.aiter_raw()]))
    assert sum(sizes) < 120_000
