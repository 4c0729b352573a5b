"""What can go wrong when another system is called, told apart by one question: may the call be repeated?

    ClientError
    ├── Transient          nothing happened over there: repeat
    │   └── RateLimited    it asked us to slow down; `retry_after` says for how long, where it said so
    ├── Ambiguous          it may have acted on the request: look for our marker before repeating
    └── Permanent          it refused, in `vendor_message`; repeating the same request cannot help
        └── NotFound       what we asked for is not there (or no longer)

Clients make one attempt. A read changes nothing, so a lost answer to a read is always `Transient`.
"""

from datetime import timedelta


class ClientError(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Transient(ClientError):
    pass


class RateLimited(Transient):
    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Ambiguous(ClientError):
    pass


class Permanent(ClientError):
    def __init__(self, message: str, *, vendor_message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.vendor_message = vendor_message
        self.status = status


class NotFound(Permanent):
    pass
