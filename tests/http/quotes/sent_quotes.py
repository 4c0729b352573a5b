"""A stand-in for Temporal that applies the rules of quotes to a real PostgreSQL, and bodies of requests.

Like the workflow, it applies commands by models/quotes/ and saves by activities/quotes/projection.py. Numbers and
documents are made at once. tests/http/quotes/test_http_quote_races.py uses the real server.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.quotes.projection import QuoteProjection
from activities.quotes.store import QuoteStore
from models.invoice.effects import Receipt
from models.invoice.errors import InvoiceError, Refused
from models.invoice.invoice import ActionStamp, Document, Number
from models.quotes.content.content import QuoteContent
from models.quotes.quote.commands import OpenQuote, QuoteCommand
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.event_handlers import apply_event, frozen_digest
from models.quotes.quote.events import QuoteEffectCompleted, QuoteNumbered, QuoteRendered
from models.quotes.quote.lifecycle import apply
from models.quotes.quote.ports import RenderQuote
from models.quotes.quote.quote import Quote
from models.quotes.quote.revision import drop_saved_events, next_revision
from models.values.workflow_ids import invoice_id
from tests.http.callers import NOW
from workflows.client.errors import CommandRefused
from workflows.quotes.messages import QuoteAnswer, QuoteOpened
from workflows.runtime import ids


@dataclass
class QuoteRules:
    """The stand-in; `now` is its clock."""

    engine: AsyncEngine
    now: datetime = NOW
    quotes: dict[str, Quote] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    opened: list[OpenQuote] = field(default_factory=list)

    async def create(
        self, _: Any, content: QuoteContent, by: str, idempotency_key: str, request_fingerprint: str, __: timedelta
    ) -> QuoteOpened:
        workflow_id = ids.quote(idempotency_key)
        if workflow_id not in self.quotes:
            self.requests[workflow_id] = request_fingerprint
            quote = Quote(
                id=invoice_id(workflow_id),
                workflow_id=workflow_id,
                content=content,
                created=ActionStamp(by=by, at=self.now),
            )
            await self._save(next_revision(quote, self.now, "create", by=by))
        quote = self.quotes[workflow_id]
        return QuoteOpened(
            quote_id=quote.id,
            workflow_id=workflow_id,
            revision=quote.revision,
            created_by_request=self.requests[workflow_id],
        )

    async def send_command(
        self, _: Any, workflow_id: str, command: QuoteCommand, *, update_id: str | None, timeout: timedelta
    ) -> QuoteAnswer:
        try:
            quote = apply(self.quotes[workflow_id], command, self.now)
        except InvoiceError as error:
            found = error.allowed if isinstance(error, Refused) else ()
            raise CommandRefused(error.code, str(error), tuple(found), self.quotes[workflow_id].revision) from error
        await self._save(await self._settled(quote))
        quote = self.quotes[workflow_id]
        return QuoteAnswer(revision=quote.revision, status=quote.status)

    async def tell_opened(self, _: Any, workflow_id: str, command: OpenQuote, __: timedelta) -> None:
        self.opened.append(command)
        await self._save(apply(self.quotes[workflow_id], command, self.now))

    async def _settled(self, quote: Quote) -> Quote:
        """Return the quote after its number, its document and its terms were made."""
        while True:
            names = (QuoteEffectName.NUMBER, QuoteEffectName.DOCUMENT, QuoteEffectName.TERMS)
            effect = next((each for each in quote.open_effects if each.name in names), None)
            if effect is None:
                return quote
            if effect.name is QuoteEffectName.NUMBER:
                number = Number(series="quotes", seq=1, display=f"Q-2026-{uuid4().hex[:8].upper()}")
                quote = apply_event(quote, QuoteNumbered(key=effect.key, number=number), self.now)
            elif effect.name is QuoteEffectName.DOCUMENT:
                quote = apply_event(quote, await self._rendered(quote, effect.key), self.now)
            else:
                quote = apply_event(quote, QuoteEffectCompleted(key=effect.key, receipt=Receipt()), self.now)

    async def _rendered(self, quote: Quote, key: str) -> QuoteRendered:
        digest = frozen_digest(quote)
        rendering = RenderQuote(
            quote_id=quote.id,
            number=quote.display_number or "",
            version=quote.version,
            digest=digest,
            content=quote.content,
        )
        document: Document = await QuoteStore(self.engine).save(rendering, f"%PDF {digest}".encode(), 1)
        return QuoteRendered(key=key, digest=digest, document=document)

    async def _save(self, quote: Quote) -> None:
        await QuoteProjection(self.engine).project(quote)
        self.quotes[quote.workflow_id] = drop_saved_events(quote, quote.revision)


def line(description: str = "Design", price: str = "1000.00", **fields: Any) -> dict[str, Any]:
    return {"kind": "typed", "description": description, "unit_price": price, **fields}


def quote_body(**changes: Any) -> dict[str, Any]:
    """A quote of one line of 1,000.00 USD for a customer who is typed."""
    body = {
        "title": "Migration to the cloud",
        "customer": {"name": "Acme Corp", "country": "Germany"},
        "currency": "USD",
        "lines": [line()],
        "recipients": ["nodira@example.com"],
    }
    return body | changes
