"""The mail relay: hands one message over, once, and says exactly how far it came.

SMTP knows no ids and cannot be asked afterwards. What decides is the final dot: before it nothing is sent, after the
server's answer the message is sent, and a connection lost in between leaves it open.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import aiosmtplib
from pydantic import SecretStr

from activities.clients.errors import Ambiguous, ClientError, Permanent, Transient

VENDOR = "The mail server"
GOODBYE_SECONDS = 5


@dataclass(frozen=True)
class Accepted:
    """The server's answer, and what it said about each recipient that it did not take."""

    answer: str
    refused: dict[str, str]


@dataclass(frozen=True)
class Relay:
    host: str
    port: int
    username: str | None = None
    password: SecretStr | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    timeout_seconds: float = 30

    async def send(
        self, sender: str, recipients: Sequence[str], message: bytes, before_data: Callable[[], Awaitable[None]]
    ) -> Accepted:
        """`before_data` is awaited right before the message goes out, when from then on it may have arrived."""
        client = self._client(sender.rpartition("@")[2])
        given = False
        try:
            # The library's own timeout is for each step; this one is for all of them.
            async with asyncio.timeout(self.timeout_seconds):
                await client.connect()
                refused = await _envelope(client, sender, recipients)
                await before_data()
                given = True
                accepted = Accepted((await client.data(message)).message, refused)
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error, given) from error
        except (OSError, EOFError) as error:  # lost connections, and timeouts of both kinds
            raise _lost(error, given) from error
        except aiosmtplib.SMTPException as error:
            reason = str(error.message)
            raise Permanent(f"{VENDOR} cannot be used: {reason}", vendor_message=reason) from error
        else:
            # The message is over there; how the goodbye goes cannot change that.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=GOODBYE_SECONDS)
            return accepted
        finally:
            client.close()

    def _client(self, local_hostname: str) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password.get_secret_value() if self.password else None,
            local_hostname=local_hostname,
            timeout=self.timeout_seconds,
            use_tls=self.security == "tls",
            # Never "if offered": somebody in between could take the offer away.
            start_tls=self.security == "starttls",
        )


async def _envelope(client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str]) -> dict[str, str]:
    """The refused recipients; raises where that is all of them."""
    await client.mail(sender)
    refused: dict[str, str] = {}
    codes = []
    for recipient in recipients:
        try:
            await client.rcpt(recipient)
        except aiosmtplib.SMTPRecipientRefused as refusal:
            refused[recipient] = f"{refusal.code} {refusal.message}"
            codes.append(refusal.code)
    if len(refused) < len(recipients):
        return refused
    reasons = "; ".join(f"{recipient}: {reason}" for recipient, reason in refused.items())
    if all(code >= 500 for code in codes):
        raise Permanent(f"{VENDOR} refused every recipient ({reasons})", vendor_message=reasons, status=codes[0])
    raise Transient(f"{VENDOR} takes no recipient at the moment ({reasons})")


def _answered(error: aiosmtplib.SMTPResponseException, given: bool) -> ClientError:
    reason = f"{error.code} {error.message}"
    # A server that refuses to talk at all is having a bad day, whatever number it gives that.
    greeting = isinstance(error, aiosmtplib.SMTPConnectResponseError)
    if error.code >= 500 and not greeting:
        return Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=error.code)
    if given and error.code < 400:
        return Ambiguous(f"{VENDOR} gave an answer that cannot be read ({reason}); it may have taken the message")
    return Transient(f"{VENDOR} could not take the message: {reason}")


def _lost(error: OSError | EOFError, given: bool) -> ClientError:
    reason = str(error) or type(error).__name__
    if given:
        return Ambiguous(f"The connection to the mail server was lost before it confirmed the message ({reason})")
    return Transient(f"The mail server could not be reached ({reason})")
