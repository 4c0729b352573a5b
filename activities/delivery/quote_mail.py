"""The effects of e-mail of quotes; a letter is sent as one of an invoice (activities/delivery/mail.py)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.smtp import Relay
from activities.delivery.mail import NOTHING_MORE, SWITCHED_OFF, Probe, SendLetter, message_id_of
from activities.delivery.outgoing_mail import OutgoingMails
from activities.delivery.quote_letters import QuoteLetters
from activities.ledger.ledger import Ledger
from activities.quotes.store import QuoteStore
from models.invoice.effects import Receipt
from models.quotes.content.content import QuoteContent
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.links import PATH, token_of
from models.quotes.quote.ports import QUOTE_EFFECT_PORTS, QuoteEffectRequest
from models.values.failure_codes import Failure
from settings import QuoteSettings

Compose = Callable[[QuoteEffectRequest, QuoteContent, str], Awaitable[EmailMessage]]


class QuoteMail:
    """The activities. Without a mail server the delivery is refused; reminders and notices are skipped."""

    def __init__(
        self,
        relay: Relay | None,
        letters: QuoteLetters,
        store: QuoteStore,
        ledger: Ledger,
        outgoing: OutgoingMails,
        settings: QuoteSettings,
        has_arrived: Probe | None = None,
    ) -> None:
        self._relay = relay
        self._letters = letters
        self._store = store
        self._ledger = ledger
        self._outgoing = outgoing
        self._settings = settings
        self._has_arrived = has_arrived

    @activity.defn(name=QUOTE_EFFECT_PORTS[QuoteEffectName.EMAIL].name)
    async def deliver(self, request: QuoteEffectRequest) -> Receipt:
        """Send the quote to the client and return the receipt."""
        if self._relay is None:
            raise ApplicationError(
                "No mail server is configured. Configure one and retry, or send the PDF and the link yourself and "
                "resolve this effect.",
                type=Failure.SWITCHED_OFF,
                non_retryable=True,
            )
        return await self._send(self._relay, request, self._quote)

    @activity.defn(name=QUOTE_EFFECT_PORTS[QuoteEffectName.REMINDER].name)
    async def remind(self, request: QuoteEffectRequest) -> Receipt:
        """Send a reminder to the client and return the receipt."""
        if self._relay is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        return await self._send(self._relay, request, self._reminder)

    @activity.defn(name=QUOTE_EFFECT_PORTS[QuoteEffectName.NOTICE].name)
    async def notice(self, request: QuoteEffectRequest) -> Receipt:
        """Tell finance about the answer and return the receipt."""
        if self._relay is None:
            return await self._ledger.cancel(request, SWITCHED_OFF)
        return await self._send(self._relay, request, self._notice)

    async def _send(self, relay: Relay, request: QuoteEffectRequest, compose: Compose) -> Receipt:
        stored = await self._outgoing.find(request.key)
        letters = self._letters.letters
        message_id = message_id_of(stored) if stored else letters.message_id(request.key)
        read = partial(self._store.content, request.digest)
        steps = SendLetter[QuoteEffectRequest, QuoteContent](
            relay,
            letters.sender,
            self._outgoing,
            read,
            self._has_arrived,
            request,
            message_id,
            compose,
            NOTHING_MORE,
        )
        receipt = await self._ledger.execute(request, steps)
        await self._outgoing.delete(request.key)
        if refused := receipt.details.get("refused"):
            return receipt.model_copy(update={"note": f"Some recipients were refused: {refused}"})
        return receipt

    async def _quote(self, request: QuoteEffectRequest, content: QuoteContent, _: str) -> EmailMessage:
        pdf = await self._store.pdf(request.digest)
        return self._letters.quote(request, content, pdf, self._link(request), datetime.now(UTC))

    async def _reminder(self, request: QuoteEffectRequest, content: QuoteContent, _: str) -> EmailMessage:
        pdf = await self._store.pdf(request.digest)
        return self._letters.reminder(request, content, pdf, self._link(request), datetime.now(UTC))

    async def _notice(self, request: QuoteEffectRequest, content: QuoteContent, _: str) -> EmailMessage:
        return self._letters.notice(request, content, datetime.now(UTC))

    def _link(self, request: QuoteEffectRequest) -> str | None:
        """Return the link for the client; None if links are switched off, or if the link was revoked."""
        if request.link is None or self._settings.secret is None or self._settings.public_url is None:
            return None
        return f"{self._settings.public_url.rstrip('/')}{PATH}{token_of(self._settings.secret, request.link)}"
