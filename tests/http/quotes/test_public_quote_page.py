"""The page of a client's link: what it shows, what it accepts, and what nobody learns."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from selectolax.lexbor import LexborHTMLParser

from models.quotes.quote.links import TOKEN_LENGTH, LinkGrant, token_of
from tests.http.callers import NOW, Caller, data_of
from tests.http.quotes.conftest import LINK_SECRET
from tests.http.quotes.sent_quotes import QuoteRules, line
from tests.http.quotes.test_http_quotes import sent

ANSWER = {"accepted_by": "Olga Weber", "position": "Director", "order_number": "PO-77", "key": "k1"}
OWN = {"Origin": "http://api", "Host": "api"}


class Client:
    """A client who has a link and no login."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self.http, self.path = http, url.removeprefix("http://api")

    async def get(self, rest: str = "", **headers: str) -> httpx.Response:
        return await self.http.get(self.path + rest, headers={"Accept": "text/html", **headers})

    async def post(self, rest: str, form: dict[str, Any]) -> httpx.Response:
        return await self.http.post(self.path + rest, data=form, headers={"Accept": "text/html", **OWN})


@pytest.fixture
async def quote(manager: Caller, quote_rules: QuoteRules) -> dict[str, Any]:
    lines = [line(), line("Training", "250.00", optional=True)]
    return await sent(manager, lines=lines, contact="Ms Weber", terms="Work begins in April.")


@pytest.fixture
def client(http: httpx.AsyncClient, quote: dict[str, Any]) -> Client:
    return Client(http, quote["links"][0]["url"])


def page(response: httpx.Response, status: int = 200) -> LexborHTMLParser:
    assert response.status_code == status, response.text[:300]
    return LexborHTMLParser(response.text)


def attribute(found: LexborHTMLParser, selector: str, name: str) -> str | None:
    """Return an attribute of the first element; None if the element lacks it."""
    [element, *_] = found.css(selector)
    return element.attributes.get(name)


def text(found: LexborHTMLParser) -> str:
    assert found.body is not None
    return " ".join(found.body.text(separator=" ").split())


async def test_the_quote_is_shown_and_its_opening_recorded(
    client: Client, quote: dict[str, Any], manager: Caller
) -> None:
    shown = text(page(await client.get()))
    for part in (
        quote["number"],
        "Migration to the cloud",
        "Acme Corp",
        "Ms Weber",
        "1,000.00",
        "Training",
        "31 Mar 2026",
    ):
        assert part in shown
    seen = data_of(await manager.get(f"/quotes/{quote['id']}"))
    assert (seen["status"], seen["links"][0]["openings"]) == ("viewed", 1)
    await client.get()
    assert data_of(await manager.get(f"/quotes/{quote['id']}"))["links"][0]["openings"] == 1


async def test_a_discount_of_the_whole_quote_is_shown(
    manager: Caller, http: httpx.AsyncClient, quote_rules: QuoteRules
) -> None:
    """10 % of 1,000.00."""
    found = await sent(manager, discount={"percent": "10", "label": "Spring"})
    client = Client(http, found["links"][0]["url"])
    shown = text(page(await client.get()))
    assert "Sum of the lines 1,000.00 USD Discount 10 %: Spring" in shown
    assert "100.00 USD Total 900.00 USD" in shown
    assert "Скидка 10 %: Spring" in text(page(await client.get("?lang=ru")))


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}])
async def test_reading_ahead_is_no_opening(client: Client, quote_rules: QuoteRules, headers: dict[str, str]) -> None:
    await client.get(**headers)
    await client.http.head(client.path)
    assert quote_rules.opened == []


async def test_the_headers_are_tight_and_the_page_has_no_script(client: Client) -> None:
    response = await client.get()
    policy = response.headers["Content-Security-Policy"]
    assert "script" not in policy
    assert policy.startswith("default-src 'none'")
    expected = {
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow, noarchive",
        "X-Content-Type-Options": "nosniff",
    }
    assert {name: response.headers[name] for name in expected} == expected
    assert "set-cookie" not in response.headers
    assert "<script" not in response.text
    assert " style=" not in response.text
    # Nothing of the desk: no navigation and no sign-in.
    assert not [each for each in page(response).css("a") if each.attributes["href"] in ("/", "/login", "/registry")]


async def test_it_is_accepted_with_a_chosen_option(client: Client, quote: dict[str, Any], manager: Caller) -> None:
    response = await client.post("/accept", ANSWER | {"options": ["L2"]})
    assert (response.status_code, response.headers["Location"]) == (303, client.path)
    shown = text(page(await client.get()))
    assert "You have accepted this quote" in shown
    assert "Olga Weber, Director" in shown
    found = data_of(await manager.get(f"/quotes/{quote['id']}"))["accepted"]
    assert (found["link"], found["order_number"], found["options"], found["total_amount"]) == (
        1,
        "PO-77",
        ["L2"],
        "1250.00",
    )
    assert 'name="accepted_by"' not in (await client.get()).text


async def test_a_repeated_form_is_one_acceptance(client: Client, quote: dict[str, Any], manager: Caller) -> None:
    first = await client.post("/accept", ANSWER)
    again = await client.post("/accept", ANSWER)
    assert first.status_code == 303
    assert "You have accepted this quote" in text(page(again, 409))
    trail = data_of(await manager.get(f"/quotes/{quote['id']}/events"))
    assert [each["action"] for each in trail["events"]].count("accept") == 1


async def test_it_is_declined_with_a_reason(client: Client, quote: dict[str, Any], manager: Caller) -> None:
    missing = page(await client.post("/decline", {"reason": " ", "key": "k"}), 400)
    assert attribute(missing, "#decline-reason", "aria-invalid") == "true"
    assert missing.css("details[open]")
    assert (await client.post("/decline", {"reason": "It is too dear.", "key": "k"})).status_code == 303
    seen = data_of(await manager.get(f"/quotes/{quote['id']}"))
    assert (seen["status"], seen["declined"]["reason"]) == ("declined", "It is too dear.")
    assert "too dear" not in (await client.get()).text


async def test_a_form_that_is_not_complete_comes_back_with_what_was_typed(client: Client) -> None:
    found = page(await client.post("/accept", ANSWER | {"position": "", "accepted_by": 'Olga "O" <b>'}), 400)
    assert attribute(found, "#accept-position", "aria-invalid") == "true"
    assert attribute(found, "#accept-accepted_by", "value") == 'Olga "O" <b>'


async def test_an_old_version_says_that_there_is_a_newer_one(
    client: Client, quote: dict[str, Any], manager: Caller, http: httpx.AsyncClient
) -> None:
    path = f"/quotes/{quote['id']}"
    revised = data_of(await manager.post(f"{path}/revise", {}))
    for response in (await client.get(), await client.post("/accept", ANSWER)):
        shown = text(page(response, 409))
        assert "There is a newer version of this quote" in shown
        assert "1,000.00" not in shown
    resent = data_of(await manager.post(f"{path}/send", {"expected_revision": revised["revision"]}))
    assert "newer version" in text(page(await client.get(), 409))
    assert (await client.get("/pdf")).status_code == 404
    second = Client(http, resent["links"][1]["url"])
    assert (await second.post("/accept", ANSWER)).status_code == 303


async def test_an_expired_quote_is_shown_and_not_accepted(
    client: Client, quote_rules: QuoteRules, monkeypatch: pytest.MonkeyPatch, state: Any
) -> None:
    later = NOW + timedelta(days=40)
    monkeypatch.setitem(state.__dict__, "clock", lambda: later)
    quote_rules.now = later
    assert "This quote has expired" in text(page(await client.get()))
    assert "has expired" in text(page(await client.post("/accept", ANSWER), 409))


@pytest.mark.parametrize("command", ["withdraw", "revoke-link"])
async def test_a_withdrawn_quote_and_a_revoked_link_show_nothing(
    client: Client, quote: dict[str, Any], manager: Caller, command: str
) -> None:
    data_of(
        await manager.post(
            f"/quotes/{quote['id']}/{command}",
            {"reason": "wrong client"} | ({"link": 1} if command == "revoke-link" else {}),
        )
    )
    for response in (await client.get(), await client.post("/accept", ANSWER)):
        found = page(response, 410)
        assert "1,000.00" not in text(found)
        assert "Migration" not in text(found)
    assert (await client.get("/pdf")).status_code == 404


async def test_after_its_time_a_link_shows_nothing(client: Client, monkeypatch: pytest.MonkeyPatch, state: Any) -> None:
    """Valid until 31 March; the link ends 90 days later."""
    monkeypatch.setitem(state.__dict__, "clock", lambda: NOW + timedelta(days=121))
    assert "no longer valid" in text(page(await client.get(), 410))


async def test_the_pdf_is_the_one_that_was_sent(client: Client, quote: dict[str, Any], viewer: Caller) -> None:
    response = await client.get("/pdf")
    assert response.content == (await viewer.get(f"/quotes/{quote['id']}/versions/1/pdf")).content
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Robots-Tag"].startswith("noindex")


async def test_a_token_reaches_nothing_else(client: Client, quote: dict[str, Any], http: httpx.AsyncClient) -> None:
    token = client.path.removeprefix("/q/")
    for path in (
        "/api/v1/quotes",
        f"/api/v1/quotes/{quote['id']}",
        f"/api/v1/quotes/{quote['id']}/events",
        "/api/v1/invoices",
    ):
        for headers in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"session={token}"}, {}):
            assert (await http.get(path, headers=headers)).status_code == 401
    shown = (await client.get()).text
    assert quote["id"] not in shown
    assert "marat" not in shown
    assert not re.findall(r"/api/v1/|nodira@", shown)


async def test_a_guessed_token_finds_nothing_and_is_slowed_down(
    client: Client, app: FastAPI, quote: dict[str, Any]
) -> None:
    """Ten wrong tokens of an address are free; then each must wait. A right one is not slowed down."""
    # An address of its own: other tests have used up the free tries of the usual one.
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(f"guesser-{uuid4().hex}", 1))
    http = httpx.AsyncClient(transport=transport, base_url="http://api")
    statuses = []
    for n in range(14):
        wrong = await http.get(f"/q/{'A' * (TOKEN_LENGTH - 2)}{n:02d}", headers={"Accept": "text/html"})
        statuses.append(wrong.status_code)
    assert statuses[0] == 404
    assert statuses[-1] == 429
    assert (await client.get()).status_code == 200
    foreign = token_of(b"x" * 40, LinkGrant(quote_id=quote["id"], number=1, expires_at=NOW + timedelta(days=9)))
    assert (await http.get(f"/q/{foreign}")).status_code in (404, 429)
    unknown = token_of(
        LINK_SECRET.encode(), LinkGrant(quote_id=str(uuid4()), number=1, expires_at=NOW + timedelta(days=9))
    )
    assert (await http.get(f"/q/{unknown}")).status_code in (404, 429)


async def test_the_page_is_in_the_language_of_the_quote_or_of_the_reader(
    manager: Caller, http: httpx.AsyncClient, quote_rules: QuoteRules
) -> None:
    found = Client(http, (await sent(manager, language="ru"))["links"][0]["url"])
    assert "Принять предложение" in text(page(await found.get()))
    assert "Accept the quote" in text(page(await found.get("?lang=en")))
    assert attribute(page(await found.get()), "html", "lang") == "ru"


async def test_another_site_cannot_send_the_form(client: Client) -> None:
    headers = {"Origin": "https://evil.example", "Accept": "text/html"}
    response = await client.http.post(f"{client.path}/accept", data=ANSWER, headers=headers)
    assert response.status_code == 403
