"""The errors of the clients. They differ in whether the call may be repeated.

    ClientError
    ├── Transient          the vendor did nothing: repeat the call
    │   └── RateLimited    the vendor asks for a pause, of `retry_after` if it names one
    ├── Ambiguous          the vendor may have executed the request: probe for the marker before repeating it
    └── Permanent          the vendor refused, for the reason in `vendor_message`; repeating cannot succeed
        └── NotFound       the requested record does not exist, or no longer

Clients make one attempt. A read changes nothing, so a lost answer to a read is always `Transient`.
"""

from collections.abc import Mapping
from datetime import timedelta

from models.values.failure_codes import Failure


class ClientError(Exception):
    """The base of all errors of a client; `message` names the vendor and the failure."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Transient(ClientError):
    """The vendor did nothing, so the call may be repeated."""


class RateLimited(Transient):
    """The vendor asks for a pause; `retry_after` is None if it does not say how long; `headers` are its answer's."""

    def __init__(
        self, message: str, retry_after: timedelta | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.headers = headers or {}


class Ambiguous(ClientError):
    """The vendor may have executed the request."""


class Permanent(ClientError):
    """The vendor refused the request; `vendor_message` is its reason, `status` the HTTP status or SMTP code.

    `failure` is the code of the effect that fails.
    """

    failure: str = Failure.VENDOR_REFUSED

    def __init__(self, message: str, *, vendor_message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.vendor_message = vendor_message
        self.status = status


class NotFound(Permanent):
    """The requested record does not exist at the vendor."""
