"""The client of the mail server: it submits one message once and reports how far the transmission came.

SMTP has no message status that could be read later. Before the data command nothing is sent; after the server's answer
to it the message is sent; if the connection is lost in between, the outcome is unknown.
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
QUIT_SECONDS = 5


@dataclass(frozen=True)
class Accepted:
    """The server's answer to the message, and its reason for each refused recipient, by address."""

    answer: str
    refused: dict[str, str]


@dataclass(frozen=True)
class Relay:
    """The mail server of the settings. `timeout_seconds` limits one whole transmission."""

    host: str
    port: int
    username: str | None = None
    password: SecretStr | None = None
    security: Literal["starttls", "tls", "none"] = "starttls"
    timeout_seconds: float = 30

    async def send(
        self,
        sender: str,
        recipients: Sequence[str],
        message: bytes,
        before_data: Callable[[], Awaitable[None]],
        copies: Sequence[str] = (),
    ) -> Accepted:
        """Send the message; return the server's answer if it accepts at least one recipient.

        `copies` are further addresses; for them alone nothing is sent. `before_data` is awaited immediately before the
        message is transmitted: from then on it may arrive. Raises Permanent or Transient if the message was not sent,
        and Ambiguous if that is unknown.
        """
        client = self._client(sender.rpartition("@")[2])
        transmitted = False
        try:
            # The timeout of the library applies to each step; this one applies to all steps together.
            async with asyncio.timeout(self.timeout_seconds):
                await client.connect()
                refused = await _envelope(client, sender, recipients, copies)
                await before_data()
                transmitted = True
                accepted = Accepted((await client.data(message)).message, refused)
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error, transmitted) from error
        except (OSError, EOFError) as error:  # lost connections, and timeouts of both kinds
            raise _lost(error, transmitted) from error
        except aiosmtplib.SMTPException as error:
            reason = str(error.message)
            raise Permanent(f"{VENDOR} cannot be used: {reason}", vendor_message=reason) from error
        else:
            # The message is accepted; a failure of the QUIT command does not change that.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=QUIT_SECONDS)
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
            # Not optional: an attacker between the two could remove the server's offer of STARTTLS.
            start_tls=self.security == "starttls",
        )


async def _envelope(
    client: aiosmtplib.SMTP, sender: str, recipients: Sequence[str], copies: Sequence[str]
) -> dict[str, str]:
    """Send the envelope; return the refused addresses with the reasons. Raises if all recipients are refused."""
    await client.mail(sender)
    refusals = await _refusals(client, recipients)
    if len(refusals) < len(recipients):
        refusals |= await _refusals(client, copies)
        return {address: _reason(refusal) for address, refusal in refusals.items()}
    reasons = "; ".join(f"{address}: {_reason(refusal)}" for address, refusal in refusals.items())
    codes = [refusal.code for refusal in refusals.values()]
    if all(code >= 500 for code in codes):
        raise Permanent(f"{VENDOR} refused every recipient ({reasons})", vendor_message=reasons, status=codes[0])
    raise Transient(f"{VENDOR} accepts no recipient at the moment ({reasons})")


async def _refusals(client: aiosmtplib.SMTP, addresses: Sequence[str]) -> dict[str, aiosmtplib.SMTPRecipientRefused]:
    """Name the addresses to the server and return its refusals."""
    refusals = {}
    for address in addresses:
        try:
            await client.rcpt(address)
        except aiosmtplib.SMTPRecipientRefused as refusal:
            refusals[address] = refusal
    return refusals


def _reason(refusal: aiosmtplib.SMTPRecipientRefused) -> str:
    return f"{refusal.code} {refusal.message}"


def _answered(error: aiosmtplib.SMTPResponseException, transmitted: bool) -> ClientError:
    reason = f"{error.code} {error.message}"
    # An error in the greeting is transient, whatever its code.
    greeting = isinstance(error, aiosmtplib.SMTPConnectResponseError)
    if error.code >= 500 and not greeting:
        return Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=error.code)
    if transmitted and error.code < 400:
        return Ambiguous(f"{VENDOR} gave an answer that cannot be read ({reason}); it may have accepted the message")
    return Transient(f"{VENDOR} did not accept the message: {reason}")


def _lost(error: OSError | EOFError, transmitted: bool) -> ClientError:
    reason = str(error) or type(error).__name__
    if transmitted:
        return Ambiguous(f"The connection to the mail server was lost before it confirmed the message ({reason})")
    return Transient(f"The mail server could not be reached ({reason})")
