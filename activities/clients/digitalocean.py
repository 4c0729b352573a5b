"""The client of the billing API of DigitalOcean: the invoices of an account, their items and their summary.

A list is read page by page until as many rows as `meta.total` says are there, because one page alone gives a wrong sum.
The preview of the running month is no invoice and is never returned as one. See docs/specification/bills.md 4.7.
"""

import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from activities.clients.http_exchange import VendorResponse, exchange

VENDOR = "DigitalOcean"
INVOICES = "/v2/customers/my/invoices"
PER_PAGE = 200
# Of one list. A list that is longer than this, or whose length never fits, is not read for ever.
MOST_PAGES = 5000
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Listed(_Part):
    """An invoice as the list shows it; `invoice_period` is its month, such as 2026-04."""

    invoice_uuid: str = Field(min_length=1, max_length=200)
    invoice_id: str = Field(default="", max_length=200)
    amount: Decimal
    invoice_period: str


class Item(_Part):
    """A line of an invoice. The amount is in USD; the times are those of the API."""

    product: str
    resource_uuid: str | None = None
    resource_id: str | None = None
    group_description: str | None = None
    description: str | None = None
    amount: Decimal
    duration: str | None = None
    duration_unit: str | None = None
    start_time: str | None = None
    end_time: str | None = None
    project_name: str | None = None
    category: str | None = None


class Charges(_Part):
    """A group of the summary with its amount."""

    name: str = ""
    amount: Decimal


class Summary(_Part):
    """The totals of an invoice by group. The name and the address of the account's owner are not read."""

    invoice_uuid: str
    invoice_id: str | None = None
    billing_period: str
    amount: Decimal
    product_charges: Charges | None = None
    overages: Charges | None = None
    taxes: Charges | None = None
    credits_and_adjustments: Charges | None = None


class _Meta(_Part):
    total: int = Field(ge=0)


class _Page(_Part):
    meta: _Meta


def connect(url: str, token: SecretStr, timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client of one account."""
    return httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        timeout=httpx.Timeout(timeout_seconds),
    )


class DigitalOcean:
    """The bills of one account. Every method raises the errors of `activities/clients/errors.py`; all are reads."""

    def __init__(self, http: httpx.AsyncClient, clock: Callable[[], float] = time.time) -> None:
        self._http = http
        self._clock = clock

    async def invoices(self) -> list[Listed]:
        """Return all invoices of the account, the newest first. The preview of the running month is not among them."""
        rows: dict[str, Listed] = {}
        async for answer, row in self._rows(INVOICES, "invoices"):
            invoice = answer.read(Listed, row)
            if invoice.invoice_uuid in rows:
                raise Transient(f"{VENDOR} repeated an invoice in its list; the list has changed while it was read")
            rows[invoice.invoice_uuid] = invoice
        return list(rows.values())

    async def items(self, invoice_uuid: str, progress: Callable[[int], None] = lambda _: None) -> list[Item]:
        """Return all items of an invoice in their order. Equal items are kept, because they are two lines."""
        found: list[Item] = []
        async for answer, row in self._rows(_path(invoice_uuid), "invoice_items"):
            found.append(answer.read(Item, row))
            progress(len(found))
        return found

    async def summary(self, invoice_uuid: str) -> Summary:
        """Return the totals of an invoice. Raises Transient if the answer is about another invoice."""
        answer = await self._get(f"{_path(invoice_uuid)}/summary")
        summary = answer.read(Summary, answer.json())
        if summary.invoice_uuid != invoice_uuid:
            raise Transient(f"{VENDOR} answered with the summary of another invoice")
        return summary

    async def _rows(self, path: str, field: str) -> AsyncIterator[tuple[VendorResponse, Any]]:
        """Yield the rows of all pages. Raises Transient for a list that is cut or changes while it is read."""
        total, count = None, 0
        for page in range(1, MOST_PAGES + 1):
            answer = await self._get(path, {"page": page, "per_page": PER_PAGE})
            body = answer.json()
            stated = answer.read(_Page, body).meta.total
            rows = body.get(field) if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise answer.unclear(f"it has no list `{field}`")
            if total is not None and stated != total:
                raise Transient(f"{VENDOR} changed the list while it was read, from {total} to {stated} rows")
            total, count = stated, count + len(rows)
            if count > total or (not rows and count < total):
                raise Transient(f"{VENDOR} sent {count} rows of a list of {total}")
            for row in rows:
                yield answer, row
            if count == total:
                return
        raise Transient(f"{VENDOR} sent only {count} rows of a list of {total} in {MOST_PAGES} pages")

    async def _get(self, path: str, params: dict[str, str | int] | None = None) -> VendorResponse:
        try:
            answer = await exchange(self._http, VENDOR, "GET", path, changes=False, params=params)
        except RateLimited as limited:
            raise RateLimited(limited.message, limited.retry_after or self._pause(limited)) from limited
        match answer.response.status_code:
            case 200:
                return answer
            case 401 | 403 as status:
                reason = _reason(answer)
                raise Permanent(
                    f"{VENDOR} refuses the token of this account ({reason}); it needs the scope billing:read",
                    vendor_message=reason,
                    status=status,
                )
            case 404:
                raise NotFound(f"{VENDOR} has no such invoice", vendor_message=_reason(answer), status=404)
            case status:
                reason = _reason(answer)
                raise Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=status)

    def _pause(self, limited: RateLimited) -> timedelta | None:
        """Return the time until the limit allows a request again, by `ratelimit-reset` (seconds since 1970)."""
        reset = limited.headers.get("ratelimit-reset", "")
        if not reset.isdecimal():
            return None
        return min(max(timedelta(seconds=int(reset) - self._clock()), SHORTEST_PAUSE), LONGEST_PAUSE)


def _path(invoice_uuid: str) -> str:
    return f"{INVOICES}/{invoice_uuid}"


def _reason(answer: VendorResponse) -> str:
    """Return the vendor's own words; the status if there are none."""
    status = f"HTTP {answer.response.status_code}"
    try:
        body = answer.json()
    except Transient:
        return status
    message = body.get("message") if isinstance(body, dict) else None
    return str(message)[:300] if message else status
