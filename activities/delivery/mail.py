"""The effects of e-mail: the invoice, its reminders, and the notice to finance.

A letter whose confirmation was lost may have arrived, and e-mail has no status that can be read. Unless the mailbox can
be searched, such a letter is not sent again: a person finds out whether it arrived and resolves the effect
(docs/decisions/0007-mail-is-never-blindly-repeated.md).
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.archive.addresses import ArchiveAddresses, ArchiveLink
from activities.archive.archived import is_archived
from activities.clients.errors import Permanent, Transient
from activities.clients.smtp import Relay
from activities.delivery.address_headers import AddressRefused
from activities.delivery.letters import HasBlindCopies, Letters, blind_copies
from activities.delivery.outgoing_mail import OutgoingMails
from activities.delivery.responsible import Responsible, responsible
from activities.documents.store import DocumentStore
from activities.invoice.named_invoice import find_invoice
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from activities.ledger.request import LedgerRequest
from models.invoice.content.content import Content
from models.invoice.deadlines.waits import waits
from models.invoice.effects import EffectName, Receipt
from models.invoice.invoice import Invoice
from models.invoice.ports import EFFECT_PORTS, EffectRequest
from models.quotes.quote.effects import QuoteEffectName
from models.values.failure_codes import Failure

SWITCHED_OFF = "No mail server is configured."

FINANCE = "finance"  # who was told of a wait when nobody responsible has an address
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})

TO_THE_CLIENT = (EffectName.EMAIL, EffectName.REMINDER, QuoteEffectName.EMAIL, QuoteEffectName.REMINDER)

Probe = Callable[[str], Awaitable[bool]]
Compose = Callable[[EffectRequest, Content, str], Awaitable[EmailMessage]]
Read = Callable[[], Awaitable[tuple[Content, str]]]


class LetterRequest(LedgerRequest, Protocol):
    """An effect that sends a letter, of an invoice or of a quote."""

    @property
    def digest(self) -> str: ...
    @property
    def argument(self) -> dict[str, str]: ...
    @property
    def display_number(self) -> str: ...


R = TypeVar("R", bound=LetterRequest)
C = TypeVar("C", bound=HasBlindCopies)


class Mail:
    """The activities of e-mail. Without a mail server the delivery is refused; reminders and notices are skipped."""

    def __init__(
        self,
        relay: Relay | None,
        letters: Letters,
        store: DocumentStore,
        ledger: Ledger,
        outgoing: OutgoingMails,
        *,
        archive: ArchiveAddresses | None = None,
        has_arrived: Probe | None = None,
    ) -> None:
        """`archive` creates the links in letters; without it they have none. `has_arrived` returns whether a
        Message-ID is in the mailbox; it is None if the mailbox cannot be searched."""
        self._relay = relay
        self._letters = letters
        self._store = store
        self._ledger = ledger
        self._outgoing = outgoing
        self._archive = archive
        self._has_arrived = has_arrived

    @activity.defn(name=EFFECT_PORTS[EffectName.EMAIL].name)
    async def deliver(self, request: EffectRequest) -> Receipt:
        """Send the invoice to the client and return the receipt."""
        if self._relay is None:
            raise ApplicationError(
                "No mail server is configured. Configure one and retry, or deliver the invoice through Didox.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )
        return await self._send(self._relay, request, self._invoice)

    @activity.defn(name=EFFECT_PORTS[EffectName.REMINDER].name)
    async def remind(self, request: EffectRequest) -> Receipt:
        """Send a reminder to the client and return the receipt."""
        if self._relay is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        return await self._send(self._relay, request, self._reminder)

    @activity.defn(name=EFFECT_PORTS[EffectName.NOTICE].name)
    async def notice(self, request: EffectRequest) -> Receipt:
        """Send the notice about an approval to finance and return the receipt."""
        if self._relay is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        return await self._send(self._relay, request, self._notice)

    @activity.defn(name=EFFECT_PORTS[EffectName.BOUNCE_NOTICE].name)
    async def bounce_notice(self, request: EffectRequest) -> Receipt:
        """Tell finance about a letter that did not arrive and return the receipt."""
        if self._relay is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        return await self._send(self._relay, request, self._bounce_notice)

    @activity.defn(name=EFFECT_PORTS[EffectName.DEADLINE_NOTICE].name)
    async def deadline_notice(self, request: EffectRequest) -> Receipt:
        """Tell those who must act that an invoice waits for them, and return the receipt.

        They are looked up now. If nobody of them has an address, finance is told.
        """
        if self._relay is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        invoice = await find_invoice(self._outgoing.engine, request.invoice_id)
        if invoice is None:
            raise ApplicationError(f"Invoice {request.invoice_id} is not recorded.", type=Failure.NOT_RECORDED)
        people = await responsible(self._outgoing.engine, request.argument, datetime.now(UTC))
        if await self._outgoing.find(request.key) is None:  # it was not tried
            if request.argument["wait"] not in {wait.key for wait in waits(invoice)}:
                return await self._ledger.cancel(request, "What the invoice waited for has happened.")
            if not people.addresses and not invoice.content.issuer.notice_email:
                return await self._ledger.cancel(request, f"{people.nobody} Finance has no address either.")
        return await self._tell(self._relay, request, invoice, people)

    async def _tell(self, relay: Relay, request: EffectRequest, invoice: Invoice, people: Responsible) -> Receipt:
        """Send the notice; its content is the recorded one, because a draft has no frozen content."""

        async def read() -> tuple[Content, str]:
            return invoice.content, invoice.display_number or invoice.workflow_id

        async def compose(request: EffectRequest, content: Content, number: str) -> EmailMessage:
            named = request.model_copy(update={"display_number": number})
            return self._letters.deadline_notice(named, content, people, datetime.now(UTC))

        told = ", ".join(people.names) or FINANCE
        receipt = await self._send(relay, request, compose, read, {"told": told})
        if receipt.note is None and receipt.details.get("told") == FINANCE:
            return receipt.model_copy(update={"note": f"{people.nobody} Finance was told instead."})
        return receipt

    async def _send(
        self,
        relay: Relay,
        request: EffectRequest,
        compose: Compose,
        read: Read | None = None,
        more: Mapping[str, str] = NOTHING_MORE,
    ) -> Receipt:
        """Send the letter of the effect.

        `read` returns its content; by default it is the frozen one. `more` are further details of the receipt.
        """
        read = read or partial(self._store.content, request.digest)
        stored = await self._outgoing.find(request.key)
        # A stored letter keeps its Message-ID, also if the sender in the settings has changed since.
        message_id = message_id_of(stored) if stored else self._letters.message_id(request.key)
        steps = SendLetter(
            relay, self._letters.sender, self._outgoing, read, self._has_arrived, request, message_id, compose, more
        )
        receipt = await self._ledger.execute(request, steps)
        await self._outgoing.delete(request.key)
        if refused := receipt.details.get("refused"):
            return receipt.model_copy(update={"note": f"Some recipients were refused: {refused}"})
        return receipt

    async def _invoice(self, request: EffectRequest, content: Content, number: str) -> EmailMessage:
        link, pdf = await self._archived(request, content, number), await self._pdf(request)
        return self._letters.invoice(request, content, pdf, link, datetime.now(UTC))

    async def _reminder(self, request: EffectRequest, content: Content, number: str) -> EmailMessage:
        link, pdf = await self._archived(request, content, number), await self._pdf(request)
        return self._letters.reminder(request, content, pdf, link, datetime.now(UTC))

    async def _notice(self, request: EffectRequest, content: Content, number: str) -> EmailMessage:
        link = self._archive.link(self._archive.key(content, number)) if self._archive else None
        return self._letters.notice(request, content, link, datetime.now(UTC))

    async def _bounce_notice(self, request: EffectRequest, content: Content, _: str) -> EmailMessage:
        return self._letters.bounce_notice(request, content, datetime.now(UTC))

    async def _archived(self, request: EffectRequest, content: Content, number: str) -> ArchiveLink | None:
        """Return the link to the archived PDF; None as long as the archive does not hold this very document."""
        if self._archive is None or request.document is None:
            return None
        key = self._archive.key(content, number)
        is_stored = await is_archived(self._outgoing.engine, request.invoice_id, key, request.document.sha256)
        return self._archive.link(key) if is_stored else None

    async def _pdf(self, request: EffectRequest) -> bytes:
        assert request.document is not None, "an approved invoice has a document"
        return await self._store.pdf(request.document.sha256)


@dataclass
class SendLetter(EffectSteps, Generic[R, C]):
    """The steps that send one letter, of an invoice or of a quote."""

    relay: Relay
    sender: str
    outgoing: OutgoingMails
    read: Callable[[], Awaitable[tuple[C, str]]]
    has_arrived: Probe | None
    request: R
    message_id: str
    compose: Callable[[R, C, str], Awaitable[EmailMessage]]
    more: Mapping[str, str]

    def payload(self) -> Payload:
        return {"message_id": self.message_id, "document": self.request.digest, "argument": self.request.argument}

    async def probe(self) -> Found | None:
        if not await self.outgoing.may_be_sent(self.request.key):
            return None
        if self.has_arrived is None:
            raise _unknown(self.request, self.message_id)
        arrived = await self.has_arrived(self.message_id)
        return Found(self.message_id, {"message_id": self.message_id}) if arrived else None

    async def create(self) -> Found:
        key = self.request.key
        content, number = await self.read()
        message = await self._message(content, number)
        message_id, recipients = message_id_of(message), _addresses(message, "To")
        before_data = partial(self.outgoing.set_may_be_sent, key, True)
        try:
            accepted = await self.relay.send(
                self.sender, recipients, message, before_data, copies=self._copies(content, message)
            )
        except (Permanent, Transient):
            await self.outgoing.set_may_be_sent(key, False)
            raise
        details = {
            "message_id": message_id,
            "sha256": hashlib.sha256(message).hexdigest(),
            "answer": accepted.answer,
            **self.more,
        }
        if accepted.refused:
            details["refused"] = "; ".join(f"{recipient}: {reason}" for recipient, reason in accepted.refused.items())
        return Found(message_id, details)

    def _copies(self, content: C, message: bytes) -> list[str]:
        """Return the other addresses of the envelope, each once. The bytes of a letter do not name the blind ones."""
        blind = blind_copies(content) if self.request.name in TO_THE_CLIENT else []
        named = {address.casefold() for address in _addresses(message, "To")}
        copies = {address.casefold(): address for address in [*_addresses(message, "Cc"), *blind]}
        return [address for folded, address in copies.items() if folded not in named]

    async def _message(self, content: C, number: str) -> bytes:
        """Return the letter. It is composed once and stored, so that a later attempt sends the same bytes."""
        stored = await self.outgoing.find(self.request.key)
        if stored is not None:
            return stored
        try:
            composed = await self.compose(self.request, content, number)
            blind_copies(content)  # a wrong address is refused before the letter is stored
        except AddressRefused as error:
            raise Permanent(str(error), vendor_message=str(error)) from error
        return await self.outgoing.store(self.request.key, composed.as_bytes())


def message_id_of(message: bytes) -> str:
    """Return the Message-ID of a composed letter."""
    return str(message_from_bytes(message, policy=SMTP)["Message-ID"]).strip()


def _addresses(message: bytes, header: str) -> list[str]:
    found = message_from_bytes(message, policy=SMTP)[header]
    return [address.addr_spec for address in found.addresses] if found else []


def _unknown(request: LetterRequest, message_id: str) -> ApplicationError:
    return ApplicationError(
        f"It is unknown whether the e-mail about {request.display_number} arrived, because the connection was lost "
        f"before the mail server confirmed it. Ask the recipient, or search the log of the mail server for "
        f"{message_id}. If it arrived, resolve this effect as done; otherwise resolve it as skipped and deliver again.",
        type=Failure.OUTCOME_UNKNOWN,
        non_retryable=True,
    )
