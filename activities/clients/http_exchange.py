"""One HTTP exchange with a vendor: sends the request once and names what went wrong on the way.

Every client needs the same distinction between "nothing happened" and "something may have happened", and it is the
one thing that must never be guessed, so it lives in a single place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from activities.clients import decimal_json
from activities.clients.errors import Ambiguous, RateLimited, Transient

Model = TypeVar("Model", bound=BaseModel)

# These fail while the connection is being made, so the vendor never saw the request.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True)
class VendorResponse:
    """What came back below 500 and is not a 429; the vendor's own rules judge the rest."""

    vendor: str
    changes: bool
    response: httpx.Response

    def json(self) -> Any:
        try:
            return decimal_json.loads(self.response.content)
        except ValueError as error:
            flaw = "cannot be read" if self.response.content else "is empty"
            raise self.unclear(f"the answer {flaw}") from error

    def read(self, model: type[Model], value: object) -> Model:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, issue["loc"])) or "the whole" for issue in error.errors())
            # Without the cause: its text quotes the answer, which may hold a key, and Temporal would keep it.
            raise self.unclear(f"the answer is not of the expected shape ({fields})") from None

    def unclear(self, flaw: str) -> Ambiguous | Transient:
        return unclear(self.changes, f"{self.vendor} answered {self.response.status_code}, but {flaw}")


def unclear(changes: bool, message: str) -> Ambiguous | Transient:
    return Ambiguous(f"{message}; it may have been done all the same") if changes else Transient(message)


async def exchange(
    http: httpx.AsyncClient,
    vendor: str,
    method: str,
    path: str,
    *,
    changes: bool,
    body: object = None,
    params: Mapping[str, str | int] | None = None,
    headers: Mapping[str, str] | None = None,
) -> VendorResponse:
    """`changes` says whether the request can leave something behind at the vendor; a search by POST does not."""
    content = None if body is None else decimal_json.dumps(body).encode()
    sent = {"Accept": "application/json", **(headers or {})}
    if content is not None:
        sent["Content-Type"] = "application/json"
    try:
        response = await http.request(method, path, content=content, params=params, headers=sent)
    except NEVER_SENT as error:
        raise Transient(f"{vendor} could not be reached ({type(error).__name__})") from error
    except httpx.TimeoutException as error:
        raise unclear(changes, f"{vendor} did not answer in time") from error
    except httpx.LocalProtocolError as error:
        # Without the cause: where a key has a line break in it, the text quotes the key.
        flaw = f"the request to {vendor} could not be sent ({type(error).__name__}); is there a line break in a key?"
        raise unclear(changes, flaw) from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise unclear(changes, f"the connection to {vendor} broke before the answer came") from error
    if response.status_code == 429:
        raise RateLimited(f"{vendor} asks to slow down", _retry_after(response))
    if response.status_code >= 500 or response.status_code == 408:
        # A gateway's 502 or 504 can hide a request that went through, so a 5xx proves nothing about a write.
        raise unclear(changes, f"{vendor} is not well (HTTP {response.status_code})")
    return VendorResponse(vendor, changes, response)


def _retry_after(response: httpx.Response) -> timedelta | None:
    value = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isdecimal() else None
