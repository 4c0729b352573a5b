"""Each address of the API that `aktum up` prints is a page that exists."""

import re
from typing import Any

import httpx
from pydantic import SecretStr
from rich.console import Console

from api.app import create_app
from local.stack.display import addresses
from settings import AuthSettings, Settings

API = "http://127.0.0.1:15000"


DESCRIBED: dict[str, Any] = {
    "api": API,
    "web_ui": None,
    "mailbox": None,
    "sandboxes": {},
    "signer": None,
    "signer_page": None,
    "ports": {"sandboxes": 15002},
    "s3": {"url": "http://127.0.0.1:15001", "bucket": "archive"},
    "users": [{"username": "boss", "password": "s3cr3t-word", "role": "manager"}],
    "external": [],
    "pids": {"api": 1},
}


def shown_on(console: Console) -> str:
    with console.capture() as captured:
        console.print(addresses(DESCRIBED, console))
    return captured.get()


def test_passwords_are_shown_in_a_terminal_and_nowhere_else() -> None:
    assert "s3cr3t-word" in shown_on(Console(width=200, force_terminal=True))
    elsewhere = shown_on(Console(width=200, force_terminal=False))
    assert "boss" in elsewhere
    assert "s3cr3t-word" not in elsewhere


def test_the_pages_of_the_sandboxes_are_shown() -> None:
    assert "http://127.0.0.1:15002/" in shown_on(Console(width=200))


async def test_each_address_of_the_api_is_a_page() -> None:
    shown = re.findall(rf"{API}\S*", shown_on(Console(width=200)))
    assert shown
    app = create_app(Settings(auth=AuthSettings(jwt_secret=SecretStr("x" * 40))))
    transport, as_browser = httpx.ASGITransport(app), {"Accept": "text/html"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, headers=as_browser) as http,
    ):
        found = {address: await http.get(address) for address in shown}
        assert {address: answer.status_code for address, answer in found.items()} == {
            f"{API}/": 303,
            f"{API}/docs": 200,
        }
        assert found[f"{API}/"].headers["Location"] == "/login"
