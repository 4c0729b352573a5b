"""The page of the API's documentation works without internet access."""

import re

import httpx
from pydantic import SecretStr

from api.app import create_app
from settings import AuthSettings, Settings


async def test_the_docs_page_loads_everything_from_the_api() -> None:
    app = create_app(Settings(auth=AuthSettings(jwt_secret=SecretStr("x" * 40))))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://aktum") as http:
        page = await http.get("/docs")
        assert page.status_code == httpx.codes.OK
        loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(loaded) == 3
        for address in loaded:
            assert address.startswith("/docs/assets/")
            assert (await http.get(address)).status_code == httpx.codes.OK
