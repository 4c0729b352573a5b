"""Aktum's API as `aktum sign` uses it: the queue, the bytes to sign, and the signatures."""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr

ANSWER_SECONDS: Final = 60
ATTEMPTS: Final = 4
PAUSE_SECONDS: Final = 1.0
REPEATED: Final = frozenset({502, 503, 504})


class ApiUnavailable(Exception):
    """The API does not answer."""


class ApiRefused(Exception):
    """The API refuses the request; the text says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Queued(Part):
    """A document that waits for our signature."""

    invoice_id: str
    display_number: str | None
    customer_name: str
    total_amount: str
    currency: str
    action: str
    seller_tin: str

    @property
    def name(self) -> str:
        return self.display_number or self.invoice_id


class ToSign(Part):
    """The bytes to sign, in base64."""

    action: str
    seller_tin: str
    sha256: str
    content: str


@dataclass(frozen=True)
class Outcome:
    """What Didox has done with a signature, as the invoice's effect tells."""

    state: str
    error: str | None = None


class SigningApi:
    """The API at `url`, as the owner of the token."""

    def __init__(self, url: str, token: SecretStr) -> None:
        self._http = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            timeout=ANSWER_SECONDS,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def queue(self) -> list[Queued]:
        """Return all documents that wait for our signature, the oldest first."""
        found: list[Queued] = []
        page = 1
        while True:
            answer = await self._ask("GET", "/signing-queue", params={"page": page, "per_page": 100})
            found += [Queued.model_validate(row) for row in answer["data"]]
            if len(found) >= answer["meta"]["total"] or not answer["data"]:
                return found
            page += 1

    async def to_sign(self, invoice_id: str) -> ToSign:
        """Return the bytes that Didox wants to be signed."""
        return ToSign.model_validate((await self._ask("GET", f"/invoices/{invoice_id}/document-to-sign"))["data"])

    async def submit(self, invoice_id: str, given: ToSign, pkcs7: str, signature_hex: str) -> Outcome:
        """Send a signature and return what became of it. A lost answer is asked for again with the same key."""
        body = {"sha256": given.sha256, "pkcs7": pkcs7, "signature_hex": signature_hex}
        headers = {"Idempotency-Key": f"sign-{given.sha256[:40]}-{signature_hex[:40]}"}
        answer = await self._ask("POST", f"/invoices/{invoice_id}/signatures", json=body, headers=headers)
        name = "einvoice_cancel" if given.action == "cancel" else "einvoice_send"
        effects = [effect for effect in answer["data"]["effects"] if effect["name"] == name]
        return Outcome(effects[-1]["state"], effects[-1]["error"])

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """Return the answer; ask again while the API does not answer, because each request may be repeated."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self._http.request(method, path, **request)
                if answer.status_code not in REPEATED:
                    break
                problem = _message(answer)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__} {error}".strip()
            if attempt == ATTEMPTS:
                raise ApiUnavailable(problem)
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        if not answer.is_success:
            raise ApiRefused(answer.status_code, _message(answer))
        try:
            return dict(answer.json())
        except ValueError as error:
            raise ApiUnavailable("the answer is not JSON; is this the address of Aktum?") from error


def _message(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"
