"""The client of the finance service: it imports a vendor's invoice, and finds one by its key.

Finance keeps one invoice for each tenant, source and external id, so a repeated import makes no second one. Each call
carries a token of its own, which is valid for a minute. See docs/specification/bills.md 5.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import uuid4

import httpx
import jwt
from pydantic import BaseModel, Field, SecretStr

from activities.clients import decimal_json
from activities.clients.errors import Permanent
from activities.clients.http_exchange import VendorResponse, exchange
from models.bills.finance.payload import ImportInvoice

VENDOR: Final = "Finance"
IMPORT: Final = "/api/v1/integrations/cloud/import-invoice"
INVOICES: Final = "/api/v1/integrations/cloud/invoices"
LONGEST_REASON: Final = 500
SHOWN_FIELDS: Final = 5
# A token is valid from a little earlier on, because clocks differ.
CLOCKS_MAY_DIFFER: Final = timedelta(seconds=5)


class Imported(BaseModel):
    """What finance did with an import, and the id of its invoice."""

    action: Literal["created", "updated", "unchanged"]
    invoice_id: str = Field(min_length=1, max_length=200)


class HeldInvoice(BaseModel):
    """An invoice that finance has. `content_digest` is the digest of the payload that was imported last."""

    invoice_id: str = Field(min_length=1, max_length=200)
    source: str
    external_id: str
    content_digest: str | None = None


class _Found(BaseModel):
    invoices: list[HeldInvoice]


@dataclass(frozen=True)
class Identity:
    """For whom the client acts, and how it proves that."""

    secret: SecretStr
    algorithm: str
    issuer: str
    audience: str
    tenant: str
    roles: tuple[str, ...]
    lifetime: timedelta

    def token(self, now: datetime) -> str:
        """Return a new token with the claims of an access token of finance."""
        issued = now.replace(microsecond=0)
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": self.issuer,
            "tenant_id": self.tenant,
            "roles": list(self.roles),
            "typ": "access",
            "jti": str(uuid4()),
            "iat": issued,
            "nbf": issued - CLOCKS_MAY_DIFFER,
            "exp": issued + self.lifetime,
        }
        return jwt.encode(claims, self.secret.get_secret_value(), algorithm=self.algorithm)


def connect(url: str, timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client for the service at `url`."""
    return httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(timeout_seconds))


def utc_now() -> datetime:
    return datetime.now(UTC)


class Finance:
    """The finance service for one tenant. Every method raises the errors of `activities/clients/errors.py`."""

    def __init__(self, http: httpx.AsyncClient, identity: Identity, clock: Callable[[], datetime] = utc_now) -> None:
        self._http = http
        self._identity = identity
        self._clock = clock

    async def import_invoice(self, invoice: ImportInvoice) -> Imported:
        """Send the invoice once and return what finance did with it."""
        answer = await exchange(
            self._http, VENDOR, "POST", IMPORT, changes=True, body=invoice.content, headers=self._headers()
        )
        if answer.response.is_success:
            return answer.read(Imported, answer.json())
        raise _refusal(answer)

    async def find(self, source: str, external_id: str) -> HeldInvoice | None:
        """Return the tenant's invoice with this key; None if there is none, or if this finance has no such route."""
        key = {"source": source, "external_id": external_id}
        answer = await exchange(self._http, VENDOR, "GET", INVOICES, changes=False, params=key, headers=self._headers())
        if answer.response.status_code in (404, 405):
            return None
        if not answer.response.is_success:
            raise _refusal(answer)
        found = answer.read(_Found, answer.json()).invoices
        return next((row for row in found if (row.source, row.external_id) == (source, external_id)), None)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._identity.token(self._clock())}"}


def _refusal(answer: VendorResponse) -> Permanent:
    """Return the error of an answer that is no success, with the reason that finance gives."""
    status = answer.response.status_code
    reason = _reason(answer.response)
    return Permanent(f"{VENDOR} {_meaning(status)}", vendor_message=reason, status=status)


def _meaning(status: int) -> str:
    match status:
        case 401:
            return "does not accept our token; both services need the same secret, algorithm, issuer and audience"
        case 403:
            return "does not let our roles write; check AKTUM_FINANCE__ROLES"
        case 404 | 405:
            return "has no import of invoices at this address; check AKTUM_FINANCE__URL"
        case 409:
            return "keeps its invoice, which is paid, locked or newer"
        case 422 | 400:
            return "finds the invoice invalid"
        case _:
            return f"refused (HTTP {status})"


def _reason(response: httpx.Response) -> str:
    """Return the message and the first invalid fields of the answer, or the beginning of another body."""
    try:
        body: Any = decimal_json.loads(response.content)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return response.text[:LONGEST_REASON].strip() or f"HTTP {response.status_code}"
    details = error.get("details")
    fields = [row for row in details if isinstance(row, dict)] if isinstance(details, list) else []
    named = "; ".join(f"{row.get('path')}: {row.get('message')}" for row in fields[:SHOWN_FIELDS])
    return (named or str(error["message"]))[:LONGEST_REASON]
