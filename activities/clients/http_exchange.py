"""One HTTP request to a vendor: it is sent once, and a failure is raised as one of the errors of `errors.py`.

All clients need the same distinction between "the vendor did nothing" and "the vendor may have executed the request".
Duplicate effects depend on it, so it is made in this module only.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from activities.clients import decimal_json
from activities.clients.errors import Ambiguous, RateLimited, Transient

Model = TypeVar("Model", bound=BaseModel)

# The timeouts of httpx apply to each step, so an answer that comes byte by byte would never end. The whole exchange may
# take this many times as long.
LONGEST_IN_TIMEOUTS = 3

# These occur before the connection exists, so the vendor did not receive the request.
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


@dataclass(frozen=True)
class VendorResponse:
    """A response whose status the vendor's client judges; `exchange` returns none with 408, 429 or 500 and above.

    `changes` tells whether the request could change something at the vendor.
    """

    vendor: str
    changes: bool
    response: httpx.Response

    def json(self) -> Any:
        """Return the body; its numbers are Decimal. Raises Ambiguous or Transient when it is not JSON."""
        try:
            return decimal_json.loads(self.response.content)
        except ValueError as error:
            problem = "cannot be read" if self.response.content else "is empty"
            raise self.unclear(f"the answer {problem}") from error

    def read(self, model: type[Model], value: object) -> Model:
        """Return a part of the body as a model. Raises Ambiguous or Transient when it has another shape."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, issue["loc"])) or "the whole answer" for issue in error.errors())
            # The cause is dropped: its text quotes the answer, which may contain a key, and Temporal would store it.
            raise self.unclear(f"the answer is not of the expected shape ({fields})") from None

    def unclear(self, problem: str) -> Ambiguous | Transient:
        """Return the error of a response that does not tell what the vendor did."""
        return unclear(self.changes, f"{self.vendor} answered {self.response.status_code}, but {problem}")


def unclear(changes: bool, message: str) -> Ambiguous | Transient:
    """Return the error of a request with an unknown outcome: Ambiguous if it could change something."""
    return Ambiguous(f"{message}; the request may have been executed") if changes else Transient(message)


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
    """Send one request and return the response. Raises Transient, RateLimited or Ambiguous.

    `changes` tells whether the request can change something at the vendor; a search by POST cannot.
    """
    answer = await send(http, vendor, method, path, changes=changes, body=body, params=params, headers=headers)
    response = answer.response
    if response.status_code == 429:
        raise RateLimited(f"{vendor} asks to slow down", _retry_after(response), response.headers)
    if response.status_code >= 500 or response.status_code == 408:
        # A gateway may answer 502 or 504 for a request that was executed, so a 5xx leaves the outcome of a write open.
        raise unclear(changes, f"{vendor} reports an error of its own (HTTP {response.status_code})")
    return answer


async def send(
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
    """Send one request and return the response with any status. Raises Transient or Ambiguous if there is none."""
    content = None if body is None else decimal_json.dumps(body).encode()
    all_headers = {"Accept": "application/json", **(headers or {})}
    if content is not None:
        all_headers["Content-Type"] = "application/json"
    longest = http.timeout.read * LONGEST_IN_TIMEOUTS if http.timeout.read else None
    try:
        async with asyncio.timeout(longest):
            response = await http.request(method, path, content=content, params=params, headers=all_headers)
    except NEVER_SENT as error:
        raise Transient(f"{vendor} could not be reached ({type(error).__name__})") from error
    except (httpx.TimeoutException, TimeoutError) as error:
        raise unclear(changes, f"{vendor} did not answer in time") from error
    except httpx.LocalProtocolError as error:
        # The cause is dropped: its text quotes the key when the key contains a line break.
        problem = f"the request to {vendor} could not be sent ({type(error).__name__}); is there a line break in a key?"
        raise unclear(changes, problem) from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise unclear(changes, f"the connection to {vendor} broke before the answer came") from error
    return VendorResponse(vendor, changes, response)


def _retry_after(response: httpx.Response) -> timedelta | None:
    value = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isdecimal() else None
