"""The client of Telegram's Bot API: it sends a message to a chat and returns the id of the message.

There is no idempotency key and no search, so a message whose answer was lost is not sent again. The token is part of
the address. See docs/specification/effects.md 8.
"""

from datetime import timedelta
from typing import Any, Final

import httpx
from pydantic import BaseModel, SecretStr

from activities.clients.errors import Permanent, RateLimited, Transient
from activities.clients.http_exchange import VendorResponse, send

VENDOR: Final = "Telegram"
# The pause after a 429 that does not say how long to wait.
MINUTE: Final = timedelta(minutes=1)
# Texts that Telegram's server gives with 400. The documented contract is the code, so any other 400 is a refusal.
CHAT_IS_CLOSED: Final = ("chat not found", "message thread not found", "have no rights", "not enough rights")
CANNOT_PARSE: Final = "can't parse entities"


class ChatClosed(Permanent):
    """The bot cannot write to this chat: it was blocked or removed, or the chat does not exist."""


class ChatMigrated(Permanent):
    """The group has become a supergroup with the id `chat`. Nothing was sent."""

    def __init__(self, chat: str) -> None:
        message = f"{VENDOR} has moved the group to {chat}"
        super().__init__(message, vendor_message=message, status=400)
        self.chat = chat


class MarkupRefused(Permanent):
    """Telegram cannot parse the tags of the text. Nothing was sent."""


class TokenRefused(Permanent):
    """Telegram does not know the token."""


class _Parameters(BaseModel):
    retry_after: int | None = None
    migrate_to_chat_id: int | None = None


class _Answer(BaseModel):
    ok: bool
    result: dict[str, Any] = {}
    description: str = ""
    parameters: _Parameters = _Parameters()


class _Sent(BaseModel):
    message_id: int


class _TokenInPath(httpx.AsyncBaseTransport):
    """Puts the token into the address below the client, so that no log line and no error of httpx holds it."""

    def __init__(self, token: SecretStr, transport: httpx.AsyncBaseTransport) -> None:
        self._token = token
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        base, _, method = request.url.path.rpartition("/")
        url = request.url.copy_with(path=f"{base}/bot{self._token.get_secret_value()}/{method}")
        sent = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        return await self._transport.handle_async_request(sent)

    async def aclose(self) -> None:
        await self._transport.aclose()


def connect(url: str, token: SecretStr, timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client; only its transport knows the token."""
    transport = _TokenInPath(token, httpx.AsyncHTTPTransport())
    return httpx.AsyncClient(base_url=url, transport=transport, timeout=httpx.Timeout(timeout_seconds))


class Telegram:
    """The bot. Its method raises the errors of `activities/clients/errors.py` and those of this module."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def send_message(self, chat: str, thread: int | None, text: str, *, html: bool = True) -> int:
        """Send a text once and return the id of the message; the text has at most 4096 UTF-16 units without its tags.

        Raises Ambiguous if no answer came. Every other error means that nothing was sent; so does a 5xx, except 504.
        """
        body: dict[str, Any] = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
        if html:
            body["parse_mode"] = "HTML"
        if thread is not None:
            body["message_thread_id"] = thread
        answer = await send(self._http, VENDOR, "POST", "/sendMessage", changes=True, body=body)
        if answer.response.is_success:
            found = answer.read(_Answer, answer.json())
            if found.ok:
                return answer.read(_Sent, found.result).message_id
        raise _refusal(answer)


def _refusal(answer: VendorResponse) -> Exception:
    """Return the error of an answer that is no success."""
    status = answer.response.status_code
    said = _said(answer)
    reason = said.description or f"HTTP {status}"
    match status:
        case 429:
            seconds = said.parameters.retry_after or _header_seconds(answer.response)
            return RateLimited(f"{VENDOR} asks to slow down", timedelta(seconds=seconds) if seconds else MINUTE)
        case 408 | 504:
            return answer.unclear("the request may have been passed on")
        case 421:
            return Transient(f"{VENDOR} answered 421: {reason}")
        case _ if status >= 500:
            return Transient(f"{VENDOR} reports an error of its own (HTTP {status})")
        case 401 | 404:
            message = f"{VENDOR} does not accept the token; check AKTUM_TELEGRAM__TOKEN and AKTUM_TELEGRAM__URL"
            return TokenRefused(message, vendor_message=reason, status=status)
        case 400 if said.parameters.migrate_to_chat_id is not None:
            return ChatMigrated(str(said.parameters.migrate_to_chat_id))
        case 400 if CANNOT_PARSE in reason:
            return MarkupRefused(f"{VENDOR} refused the markup: {reason}", vendor_message=reason, status=status)
        case 400 if not any(text in reason for text in CHAT_IS_CLOSED):
            return Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=status)
        case 400 | 403:
            return ChatClosed(f"{VENDOR} lets the bot not write there: {reason}", vendor_message=reason, status=status)
        case _:
            return Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=status)


def _said(answer: VendorResponse) -> _Answer:
    """Return what Telegram said; nothing for a body that is not Telegram's, such as the page of a gateway."""
    try:
        return _Answer.model_validate_json(answer.response.content)
    except ValueError:
        return _Answer(ok=False)


def _header_seconds(response: httpx.Response) -> int | None:
    value = response.headers.get("Retry-After", "")
    return int(value) if value.isdecimal() else None
