"""One attempt to send a webhook: the signed request, where it may go, and how much of the answer is read."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from standardwebhooks import Webhook

from models.events.webhooks.retries import is_delivered
from models.events.webhooks.target import TargetRules

LONGEST_ERROR: Final = 300
EXCERPT_BYTES: Final = 200
# Names of large receivers have many addresses. An address that cannot be reached is no reason to try all of them.
ADDRESSES_TRIED: Final = 3
AGENT: Final = "Aktum-Webhooks/1"
LONGEST_SECONDS: Final = 60


@dataclass(frozen=True)
class Message:
    """A delivery with the secrets that sign it."""

    url: str
    event_id: str
    body: str
    secrets: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """The receiver's answer; without a status there was none, and `error` says why."""

    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None


class _NotAllowed(Exception):
    """The receiver's address may not be called."""


@dataclass(frozen=True)
class WebhookSender:
    """Sends one request; it follows no redirect and uses no proxy of the environment."""

    http: httpx.AsyncClient
    timeout_seconds: float
    rules: TargetRules

    @classmethod
    def client(cls) -> httpx.AsyncClient:
        """Return the client; the caller closes it."""
        # A connection is used once: the next attempt may have to go elsewhere.
        limits = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=LONGEST_SECONDS, limits=limits)

    async def send(self, message: Message) -> Answer:
        """Send the message once and return the answer. The time limit covers everything, also a slow answer."""
        if problem := self.rules.problem(message.url):
            return Answer(error=f"The URL {problem}.")
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self._send(message)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(error=f"There was no answer within {self.timeout_seconds:g} seconds.")
        except _NotAllowed as error:
            return Answer(error=str(error))
        except (OSError, UnicodeError) as error:  # of the look-up
            return Answer(error=f"The host name could not be looked up ({type(error).__name__}).")
        except httpx.ConnectError as error:
            return Answer(error=f"The receiver could not be reached: {_printable(str(error))}"[:LONGEST_ERROR])
        except (httpx.TransportError, httpx.InvalidURL) as error:
            return Answer(error=f"The connection broke before the answer came ({type(error).__name__}).")

    async def _send(self, message: Message) -> Answer:
        addresses = await self._addresses(httpx.URL(message.url))
        for address in addresses[:-1]:
            try:
                return await self._send_to(address, message)
            except httpx.ConnectError:  # nothing was sent: the next address may work
                continue
        return await self._send_to(addresses[-1], message)

    async def _addresses(self, url: httpx.URL) -> list[str]:
        """Return the addresses to try. Raises _NotAllowed if one of the host's addresses may not be called."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        ipv4_first = sorted(found, key=lambda each: each[0] != socket.AF_INET)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in ipv4_first))
        for address in addresses:
            if not self.rules.may_connect(address):
                raise _NotAllowed(
                    f"The host name points to {address}, into the network that Aktum runs in. Nothing was sent."
                )
        return addresses[:ADDRESSES_TRIED]

    async def _send_to(self, address: str, message: Message) -> Answer:
        """Send to the address that was checked: the name is not looked up again, and the certificate is still its."""
        url = httpx.URL(message.url)
        request = self.http.build_request(
            "POST",
            url.copy_with(host=address),
            content=message.body.encode(),
            headers={"Host": url.netloc.decode(), **headers(message, datetime.now(UTC))},
            extensions={"sni_hostname": url.host},
        )
        response = await self.http.send(request, stream=True)
        try:
            if is_delivered(response.status_code):
                return Answer(response.status_code)
            return Answer(response.status_code, await _refusal(response), _retry_after(response))
        finally:
            await response.aclose()


def headers(message: Message, at: datetime) -> dict[str, str]:
    """Return the headers of an attempt at this moment, as the Standard Webhooks specification names them."""
    signatures = [Webhook(secret).sign(message.event_id, at, message.body) for secret in message.secrets]
    return {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": AGENT,
        "webhook-id": message.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def _refusal(response: httpx.Response) -> str:
    """Return the status and the beginning of the body."""
    excerpt = b""
    try:
        async for chunk in response.aiter_raw():
            excerpt += chunk
            if len(excerpt) >= EXCERPT_BYTES:
                break
    except httpx.TransportError:
        excerpt += b" [the answer broke off]"
    text = _printable(excerpt[:EXCERPT_BYTES].decode(errors="replace"))
    return f"The receiver answered {response.status_code}{f': {text}' if text else ''}"[:LONGEST_ERROR]


def _printable(text: str) -> str:
    """Return the text on one line; what it says comes from outside, and is shown to people."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _retry_after(response: httpx.Response) -> timedelta | None:
    value = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(value)) if value.isdecimal() and len(value) < 10 else None
