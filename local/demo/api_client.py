"""A person at the desk, over HTTP: logs in, gives commands, looks at invoices. The demo and tests work through it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self
from uuid import uuid4

import httpx

PAUSE = 0.05
PATIENCE = 60.0
# A worker that was just killed leaves its sticky queue for 10 s; a command sent then is answered after that.
ANSWER_SECONDS = 45.0


class DeskRefused(Exception):
    """The API said no; the message is its own."""

    def __init__(self, answer: httpx.Response) -> None:
        error = answer.json().get("error") or {}
        super().__init__(f"{answer.status_code} {error.get('code')}: {error.get('message')}")
        self.status = answer.status_code
        self.code = error.get("code")


class ApiClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    @classmethod
    async def open(cls, api: str, username: str, password: str) -> Self:
        http = httpx.AsyncClient(base_url=f"{api}/api/v1", timeout=ANSWER_SECONDS)
        desk = cls(http)
        login = await desk._ask("POST", "/auth/login", json={"username": username, "password": password})
        http.headers["Authorization"] = f"Bearer {login['data']['token']}"
        return desk

    async def close(self) -> None:
        await self.http.aclose()

    async def invoices(self) -> list[dict[str, Any]]:
        """All of them, page by page."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            answer = await self._ask("GET", "/invoices", params={"page": page, "per_page": 100})
            found += answer["data"]
            if len(found) >= answer["meta"]["total"] or not answer["data"]:
                return found
            page += 1

    async def invoice(self, invoice_id: str) -> dict[str, Any]:
        return dict((await self._ask("GET", f"/invoices/{invoice_id}"))["data"])

    async def generate(self, **body: Any) -> dict[str, Any]:
        return dict((await self._ask("POST", "/invoices/generate", json=body))["data"])

    async def edit(self, invoice_id: str, **changes: Any) -> dict[str, Any]:
        return dict((await self._ask("PATCH", f"/invoices/{invoice_id}", json=changes))["data"])

    async def command(self, invoice_id: str, name: str, **body: Any) -> dict[str, Any]:
        """An unknown outcome is repeated with the same key, as the API asks for: it is carried out once."""
        key = {"Idempotency-Key": str(uuid4())}
        for _ in range(3):
            try:
                answer = await self._ask("POST", f"/invoices/{invoice_id}/{name}", json=body, headers=key)
                return dict(answer["data"])
            except DeskRefused as refused:
                if refused.status != httpx.codes.GATEWAY_TIMEOUT:
                    raise
        raise TimeoutError(f"{name} of {invoice_id} got no answer")

    async def pdf(self, invoice_id: str) -> bytes:
        answer = await self.http.get(f"/invoices/{invoice_id}/pdf")
        if answer.is_error:
            raise DeskRefused(answer)
        return answer.content

    async def until(self, invoice_id: str, condition: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        found = await until(lambda: self.invoice(invoice_id), condition, f"{what} (invoice {invoice_id})")
        return dict(found)

    async def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = await self.http.request(method, path, **options)
        if answer.is_error:
            raise DeskRefused(answer)
        return dict(answer.json())


def effect(invoice: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The newest effect of this name."""
    return next((each for each in reversed(invoice["effects"]) if each["name"] == name), None)


def is_done(invoice: dict[str, Any], name: str) -> bool:
    found = effect(invoice, name)
    return found is not None and found["state"] == "done"


async def until(ask: Callable[[], Awaitable[Any]], condition: Callable[[Any], bool], what: str) -> Any:
    """Polls until the condition holds; TimeoutError says what was waited for and what was last seen."""
    deadline = time.monotonic() + PATIENCE
    while not condition(found := await ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s for {what}; last seen: {str(found)[:2000]}")
        await asyncio.sleep(PAUSE)
    return found
