"""The headers that protect an answer in a browser, added to every answer that does not have its own."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # Answers hold bank details and, at the login, a token.
    "Cache-Control": "no-store",
}
_POLICY = "Content-Security-Policy"
# Nothing that this API answers is a page, except those that bring their own policy.
_WITHOUT_POLICY = {_POLICY: "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY"}
_OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Middleware that adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                wanted = _ALWAYS | ({} if _POLICY in headers else _WITHOUT_POLICY)
                for name, value in (wanted | (_OVER_TLS if scope["scheme"] == "https" else {})).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
