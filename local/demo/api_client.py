"""A client of the API, logged in as one user: invoices, edits and commands. The demo and the tests use it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
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
        self.details = error.get("details")


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
        return await self._answered(f"/invoices/{invoice_id}/{name}", body)

    async def receive_orders(self, orders: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send versions of orders and return the outcome of each."""
        return list((await self._ask("POST", "/orders/batch", json={"orders": list(orders)}))["data"]["rows"])

    async def orders(self, **filters: Any) -> list[dict[str, Any]]:
        """Return all orders that match, read page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] | None = {}
        while cursor is not None:
            answer = await self._ask("GET", "/orders", params={"per_page": 100, **filters, **cursor})
            found += answer["data"]
            cursor = {"cursor": answer["next_cursor"]} if answer["next_cursor"] else None
        return found

    async def open_blocker(self, order_key: str, reason: str, at: str) -> dict[str, Any]:
        body = {"action": "open", "reason": reason, "at": at}
        return dict((await self._ask("POST", f"/orders/{order_key}/blockers", json=body))["data"])

    async def ready(self, order_key: str) -> dict[str, Any]:
        """Move an order to ReadyForInvoice; return its invoice or its batch. A 504 is repeated with the same key."""
        return await self._answered(f"/orders/{order_key}/ready")

    async def draft_from(self, partner_key: str, order_keys: Sequence[str]) -> dict[str, Any]:
        """Return the draft of one invoice for the orders. A 504 is repeated with the same key."""
        body = {"partner_key": partner_key, "order_keys": list(order_keys)}
        return await self._answered("/invoices/from-orders", body)

    async def batches(self, partner_key: str) -> list[dict[str, Any]]:
        return list((await self._ask("GET", "/batches", params={"partner_key": partner_key}))["data"])

    async def close_batch(self, batch_key: str) -> dict[str, Any]:
        """Close a batch and return its invoice. A 504 is repeated with the same key."""
        return await self._answered(f"/batches/{batch_key}/close")

    async def attach(self, invoice_id: str, name: str, content: bytes) -> str:
        """Attach a file to an invoice and return its id. The same file again has the same id."""
        answer = await self._ask("POST", f"/invoices/{invoice_id}/attachments", files={"file": (name, content)})
        return str(answer["data"]["id"])

    async def make_quote(self, **body: Any) -> dict[str, Any]:
        """Return the draft of a new quote. A 504 is repeated with the same key."""
        return await self._answered("/quotes", body)

    async def quote(self, quote_id: str) -> dict[str, Any]:
        return dict((await self._ask("GET", f"/quotes/{quote_id}"))["data"])

    async def quote_command(self, quote_id: str, name: str, **body: Any) -> dict[str, Any]:
        """Send a command and return the quote. A 504 is repeated with the same key."""
        return await self._answered(f"/quotes/{quote_id}/{name}", body)

    async def invoiced_of(self, quote_id: str) -> dict[str, Any]:
        return dict((await self._ask("GET", f"/quotes/{quote_id}/invoiced"))["data"])

    async def upload_bills(self, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file of vendor bills; return its digest and where its progress is shown."""
        return dict((await self._ask("POST", "/vendor-bills", files={"file": (name, content)}))["data"])

    async def vendor_bills(self) -> list[dict[str, Any]]:
        """Return the newest 100 vendor bills."""
        return list((await self._ask("GET", "/vendor-bills", params={"per_page": 100}))["data"])

    async def margins(self, **asked: Any) -> dict[str, Any]:
        """Return a page of margins with their sums."""
        return dict(await self._ask("GET", "/margins", params=asked))

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

    async def _answered(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a request that a workflow answers. One answered with 504 is repeated with the same key."""
        key = {"Idempotency-Key": str(uuid4())}
        for _ in range(3):
            try:
                return dict((await self._ask("POST", path, json=body, headers=key))["data"])
            except RequestRefused as refused:
                if refused.status != httpx.codes.GATEWAY_TIMEOUT:
                    raise
        raise TimeoutError(f"{path} was not answered in three attempts")

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
