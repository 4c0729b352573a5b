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


async def test_each_address_of_the_api_is_a_page() -> None:
    described: dict[str, Any] = {
        "api": API,
        "web_ui": None,
        "mailbox": None,
        "sandboxes": {},
        "s3": {"url": "http://127.0.0.1:15001", "bucket": "archive"},
        "users": [],
        "external": [],
        "pids": {"api": 1},
    }
    console = Console(width=200)
    with console.capture() as captured:
        console.print(addresses(described))
    shown = re.findall(rf"{API}\S*", captured.get())
    assert shown
    app = create_app(Settings(auth=AuthSettings(jwt_secret=SecretStr("x" * 40))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        assert {address: (await http.get(address)).status_code for address in shown} == dict.fromkeys(shown, 200)
