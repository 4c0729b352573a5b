"""The program E-IMZO on the accountant's own machine: its certificates, and signatures made with a key.

It listens on the loopback interface and answers one message for each WebSocket connection. Each origin needs an API
key; that of `localhost` is published and serves local programs. The private key never leaves the program, which asks
its user for the password itself.
"""

import asyncio
import json
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from models.invoice.signing.certificate import Certificate, certificate_of

ADDRESSES: Final = ("wss://127.0.0.1:64443/service/cryptapi", "ws://127.0.0.1:64646/service/cryptapi")
ORIGIN: Final = Origin("http://localhost")
API_KEYS: Final = (
    "localhost",
    "96D0C1491615C82B9A54D9989779DF825B690748224C2B04F500F370D51827CE"
    "2644D8D4A82C18184D73AB8530BB8ED537269603F61DB0D03D2104ABF789970B",
)
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 30
PASSWORD_SECONDS: Final = 300  # a person types the password
LARGEST_ANSWER: Final = 8 * 1024 * 1024


class NotRunning(Exception):
    """E-IMZO does not answer at any of its addresses."""


class SignerRefused(Exception):
    """E-IMZO refuses, for the reason in the text."""


@dataclass(frozen=True)
class KeyFile:
    """A key file with its certificate; `arguments` are what E-IMZO wants to load it."""

    name: str
    certificate: Certificate
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    pkcs7: str
    signature_hex: str


class EImzo:
    """The program at the first of its addresses that answers."""

    def __init__(self, addresses: Sequence[str] = ADDRESSES) -> None:
        self._addresses = list(addresses)

    async def open(self) -> None:
        """Show the API key of this origin. Raises NotRunning or SignerRefused."""
        await self._call({"name": "apikey", "arguments": list(API_KEYS)})

    async def key_files(self) -> list[KeyFile]:
        """Return the key files that the program finds on this machine."""
        answer = await self._call({"plugin": "pfx", "name": "list_all_certificates"})
        return [_key_file(each) for each in answer.get("certificates", ())]

    async def load(self, file: KeyFile) -> str:
        """Load a key, for which the program asks the password, and return its id."""
        message = {"plugin": "pfx", "name": "load_key", "arguments": list(file.arguments)}
        return _part(await self._call(message, PASSWORD_SECONDS), "keyId")

    async def sign(self, content: str, key_id: str) -> Signature:
        """Return the attached signature of the bytes, which are given in base64."""
        message = {"plugin": "pkcs7", "name": "create_pkcs7", "arguments": [content, key_id, "no"]}
        answer = await self._call(message, PASSWORD_SECONDS)
        return Signature(pkcs7=_part(answer, "pkcs7_64"), signature_hex=_part(answer, "signature_hex"))

    async def _call(self, message: dict[str, Any], seconds: float = ANSWER_SECONDS) -> dict[str, Any]:
        """Return the answer to one message. The connection is closed after it."""
        problems = []
        for address in self._addresses:
            try:
                answer = await _exchange(address, json.dumps(message), seconds)
            except (OSError, WebSocketException, TimeoutError, ValueError) as error:  # or it is not JSON
                problems.append(f"{address}: {error or type(error).__name__}")
                continue
            self._addresses = [address]  # the key is loaded at this one
            if not isinstance(answer, dict) or not answer.get("success"):
                reason = answer.get("reason") if isinstance(answer, dict) else None
                raise SignerRefused(str(reason or "no reason was given"))
            return answer
        raise NotRunning("; ".join(problems))


def is_local(address: str) -> bool:
    """Return whether the address is a WebSocket on this machine."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return parts.scheme in ("ws", "wss") and parts.hostname in LOOPBACK
    return False


async def _exchange(address: str, message: str, seconds: float) -> Any:
    assert is_local(address), "only a program on this machine may sign"
    async with asyncio.timeout(seconds + CONNECT_SECONDS):
        async with connect(
            address,
            origin=ORIGIN,
            ssl=_own_certificate() if address.startswith("wss:") else None,
            open_timeout=CONNECT_SECONDS,
            max_size=LARGEST_ANSWER,
            proxy=None,
        ) as connection:
            await connection.send(message)
            return json.loads(await connection.recv())


def _own_certificate() -> ssl.SSLContext:
    """Return a context that takes the certificate which the program has made itself; nothing leaves this machine."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _part(answer: dict[str, Any], name: str) -> str:
    """Return a text of an answer. Raises SignerRefused if it is missing."""
    if not isinstance(answer.get(name), str):
        raise SignerRefused(f"the answer has no {name}")
    return str(answer[name])


def _key_file(entry: dict[str, str]) -> KeyFile:
    """Return the key file of an entry; its `alias` holds the subject and the validity in one text."""
    try:
        certificate = certificate_of(entry.get("alias", ""), None)
    except ValueError as error:
        raise SignerRefused(str(error)) from error
    names = tuple(entry.get(name, "") for name in ("disk", "path", "name", "alias"))
    return KeyFile(entry.get("name", ""), certificate, names)
