"""A client of the API, logged in as one user: invoices, edits and commands. The demo and the tests use it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self
from uuid import uuid4

import httpx

POLL_SECONDS = 0.05
TIMEOUT = 60.0
# Temporal keeps the sticky queue of a killed worker for 10 s; a command sent meanwhile is answered later.
ANSWER_SECONDS = 45.0


class RequestRefused(Exception):
    """The API refused the request. `status` is the HTTP status, `code` the code of the error."""

    def __init__(self, answer: httpx.Response) -> None:
        error = answer.json().get("error") or {}
        super().__init__(f"{answer.status_code} {error.get('code')}: {error.get('message')}")
        self.status = answer.status_code
        self.code = error.get("code")


class ApiClient:
    """One logged-in user of the API."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    @classmethod
    async def open(cls, api: str, username: str, password: str) -> Self:
        http = httpx.AsyncClient(base_url=f"{api}/api/v1", timeout=ANSWER_SECONDS)
        client = cls(http)
        login = await client._ask("POST", "/auth/login", json={"username": username, "password": password})
        http.headers["Authorization"] = f"Bearer {login['data']['token']}"
        return client

    async def close(self) -> None:
        await self.http.aclose()

    async def invoices(self) -> list[dict[str, Any]]:
        """Return all invoices of the registry, read page by page."""
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
        """Send a command and return the invoice. A request answered with 504 is repeated with the same key."""
        key = {"Idempotency-Key": str(uuid4())}
        for _ in range(3):
            try:
                answer = await self._ask("POST", f"/invoices/{invoice_id}/{name}", json=body, headers=key)
                return dict(answer["data"])
            except RequestRefused as refused:
                if refused.status != httpx.codes.GATEWAY_TIMEOUT:
                    raise
        raise TimeoutError(f"{name} of {invoice_id} was not answered in three attempts")

    async def add_webhook_endpoint(self, **body: Any) -> dict[str, Any]:
        """Add an endpoint; return it with its secret."""
        return dict((await self._ask("POST", "/webhook-endpoints", json=body))["data"])

    async def pdf(self, invoice_id: str) -> bytes:
        answer = await self.http.get(f"/invoices/{invoice_id}/pdf")
        if answer.is_error:
            raise RequestRefused(answer)
        return answer.content

    async def until(self, invoice_id: str, condition: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        found = await until(lambda: self.invoice(invoice_id), condition, f"{what} (invoice {invoice_id})")
        return dict(found)

    async def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        answer = await self.http.request(method, path, **options)
        if answer.is_error:
            raise RequestRefused(answer)
        return dict(answer.json())


def effect(invoice: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return the newest effect of this name, or None."""
    return next((each for each in reversed(invoice["effects"]) if each["name"] == name), None)


def is_done(invoice: dict[str, Any], name: str) -> bool:
    found = effect(invoice, name)
    return found is not None and found["state"] == "done"


async def until(ask: Callable[[], Awaitable[Any]], condition: Callable[[Any], bool], what: str) -> Any:
    """Poll until the condition holds and return what was read last. Raises TimeoutError with `what` after TIMEOUT."""
    deadline = time.monotonic() + TIMEOUT
    while not condition(found := await ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {TIMEOUT:.0f} s for {what}; last seen: {str(found)[:2000]}")
        await asyncio.sleep(POLL_SECONDS)
    return found
