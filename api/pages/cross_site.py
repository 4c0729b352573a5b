"""Refuses requests that another site's page makes a browser send with the cookie of the desk.

Browsers say themselves where a request comes from: in `Sec-Fetch-Site`, or else in `Origin`, which they send with every
form over plain http as well. A request that says neither is refused, so no token in forms is needed.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import ApiError, Forbidden
from api.request_log import PREFIX

# The desk changes something only by forms; its pages answer 405 to any other method.
_FORM_METHOD = "POST"
_OWN_SITES = frozenset({"same-origin", "none"})

REFUSED = "This form came from another site and was not executed. Open the page in the desk and send it from there."


class SameOriginForms:
    """Middleware for all paths but the API's, whose callers send a token that no browser adds by itself."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, ApiError], Awaitable[Response]]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_own(scope):
            await self._app(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive), Forbidden(REFUSED))
        await response(scope, receive, send)


def _is_own(scope: Scope) -> bool:
    if scope["method"] != _FORM_METHOD or scope["path"].startswith(f"{PREFIX}/"):
        return True
    headers = Headers(scope=scope)
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None:
        return site in _OWN_SITES
    return origin is not None and urlsplit(origin).netloc == headers.get("Host")
