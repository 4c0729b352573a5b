"""Mail: the invoice to the client, reminders of it, and the notice to finance.

A letter whose confirmation got lost may have arrived, and mail cannot be asked. Unless there is a mailbox that can be
searched, such a letter is not sent again: a person finds out and says what became of it.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.archive import archive_key, public_link
from activities.clients.errors import Permanent, Transient
from activities.clients.smtp import Relay
from activities.ledger import Ledger
from activities.ledger_entry import Found
from activities.letters import AddressRefused, Letters
from activities.outgoing_mail import OutgoingMails
from activities.stored_documents import StoredDocuments
from models.content import Content
from models.effects import EffectName, Receipt
from models.ports import EFFECT_PORTS, EffectRequest, Failure

SWITCHED_OFF = "No mail server is configured."

Probe = Callable[[str], Awaitable[bool]]
Compose = Callable[[], Awaitable[EmailMessage]]


class Mail:
    def __init__(
        self,
        relay: Relay | None,
        letters: Letters,
        stored: StoredDocuments,
        ledger: Ledger,
        outgoing: OutgoingMails,
        *,
        archive_url: str | None = None,
        has_arrived: Probe | None = None,
    ) -> None:
        """`archive_url`: the base of the archive's public links, if there are any. `has_arrived`: says of a Message-ID
        whether it is in the mailbox, where that can be found out."""
        self._relay = relay
        self._letters = letters
        self._stored = stored
        self._ledger = ledger
        self._outgoing = outgoing
        self._archive_url = archive_url
        self._has_arrived = has_arrived

    @activity.defn(name=EFFECT_PORTS[EffectName.EMAIL].name)
    async def deliver(self, request: EffectRequest) -> Receipt:
        if self._relay is None:
            raise ApplicationError(
                "No mail server is configured. Configure one and retry, or deliver the invoice through Didox.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )

        async def compose() -> EmailMessage:
            content, _ = await self._stored.content(request.digest)
            return self._letters.invoice(request, content, await self._pdf(request), datetime.now(UTC))

        return await self._post(self._relay, request, compose)

    @activity.defn(name=EFFECT_PORTS[EffectName.REMINDER].name)
    async def remind(self, request: EffectRequest) -> Receipt:
        if self._relay is None:
            return await self._ledger.skip(request, SWITCHED_OFF)

        async def compose() -> EmailMessage:
            content, _ = await self._stored.content(request.digest)
            return self._letters.reminder(request, content, await self._pdf(request), datetime.now(UTC))

        return await self._post(self._relay, request, compose)

    @activity.defn(name=EFFECT_PORTS[EffectName.NOTICE].name)
    async def notice(self, request: EffectRequest) -> Receipt:
        if self._relay is None:
            return await self._ledger.skip(request, SWITCHED_OFF)

        async def compose() -> EmailMessage:
            content, number = await self._stored.content(request.digest)
            return self._letters.notice(request, content, self._link(content, number), datetime.now(UTC))

        return await self._post(self._relay, request, compose)

    async def _pdf(self, request: EffectRequest) -> bytes:
        assert request.document is not None, "an approved invoice has a document"
        return await self._stored.pdf(request.document.sha256)

    def _link(self, content: Content, number: str) -> str | None:
        return public_link(self._archive_url, archive_key(content, number))

    async def _post(self, relay: Relay, request: EffectRequest, compose: Compose) -> Receipt:
        kept = await self._outgoing.find(request.key)
        # A letter keeps the id that it was composed with, whoever is the sender today.
        message_id = _message_id(kept) if kept else self._letters.message_id(request.key)

        async def probe() -> Found | None:
            if not await self._outgoing.is_in_doubt(request.key):
                return None
            if self._has_arrived is None:
                raise _unknown(request, message_id)
            return Found(message_id, {"message_id": message_id}) if await self._has_arrived(message_id) else None

        async def create() -> Found:
            return await self._send(relay, request.key, compose)

        payload = {"message_id": message_id, "document": request.digest, "argument": request.argument}
        receipt = await self._ledger.perform(request, payload=payload, probe=probe, create=create)
        await self._outgoing.forget(request.key)
        if refused := receipt.details.get("refused"):
            return receipt.model_copy(update={"note": f"Some recipients were refused: {refused}"})
        return receipt

    async def _send(self, relay: Relay, key: str, compose: Compose) -> Found:
        message = await self._bytes(key, compose)
        message_id = _message_id(message)
        try:
            accepted = await relay.send(
                self._letters.sender, _recipients(message), message, partial(self._outgoing.doubt, key, True)
            )
        except (Permanent, Transient):
            await self._outgoing.doubt(key, False)
            raise
        details = {
            "message_id": message_id,
            "sha256": hashlib.sha256(message).hexdigest(),
            "answer": accepted.answer,
        }
        if accepted.refused:
            details["refused"] = "; ".join(f"{who}: {why}" for who, why in accepted.refused.items())
        return Found(message_id, details)

    async def _bytes(self, key: str, compose: Compose) -> bytes:
        """Composed once: a later attempt sends the same bytes, of the same date."""
        kept = await self._outgoing.find(key)
        if kept is not None:
            return kept
        try:
            composed = await compose()
        except AddressRefused as error:
            raise Permanent(str(error), vendor_message=str(error)) from error
        return await self._outgoing.keep(key, composed.as_bytes())


def _message_id(message: bytes) -> str:
    return str(message_from_bytes(message, policy=SMTP)["Message-ID"]).strip()


def _recipients(message: bytes) -> list[str]:
    to = message_from_bytes(message, policy=SMTP)["To"]
    return [address.addr_spec for address in to.addresses]


def _unknown(request: EffectRequest, message_id: str) -> ApplicationError:
    return ApplicationError(
        f"It is not known whether the letter about {request.display_number} arrived: the connection was lost before "
        f"the mail server confirmed it. Ask the recipient, or look for {message_id} in the mail server's log. If it "
        "arrived, resolve this effect as done; if it did not, resolve it as skipped and send it again.",
        type=Failure.OUTCOME_UNKNOWN,
        non_retryable=True,
    )
