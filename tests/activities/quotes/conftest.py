"""Quotes in PostgreSQL: drafts that are sent by the rules, with real documents."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.quotes.projection import QuoteProjection
from activities.quotes.rendering import QuoteDocuments
from activities.quotes.store import QuoteStore
from models.invoice.invoice import Number
from models.quotes.content.content import QuoteContent
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.event_handlers import apply_event, frozen_digest
from models.quotes.quote.events import QuoteNumbered, QuoteRendered
from models.quotes.quote.links import LinkGrant
from models.quotes.quote.ports import QuoteEffectRequest, RenderQuote
from models.quotes.quote.quote import Quote
from tests.fixtures.quotes import NOW, content, do, draft, send_command


async def run(activity: Callable[..., Awaitable[Any]], request: Any) -> Any:
    """Return the result of one attempt of an activity."""
    return await ActivityEnvironment().run(activity, request)


@dataclass
class QuotePlace:
    """Where quotes are sent: the documents and the read model."""

    documents: QuoteDocuments
    projection: QuoteProjection
    store: QuoteStore

    async def sent(self, of: QuoteContent | None = None) -> Quote:
        """Return a quote whose version is rendered and stored, and whose state is saved."""
        quote = draft(of or content(), str(uuid4()))
        quote = do(quote, send_command(quote))
        number = Number(series="quotes", seq=1, display=f"Q-2026-{uuid4().hex[:8]}")
        quote = apply_event(quote, QuoteNumbered(key=quote.open_effects[0].key, number=number), NOW)
        rendering = RenderQuote(
            quote_id=quote.id,
            number=number.display,
            version=1,
            digest=frozen_digest(quote),
            content=quote.content,
        )
        document = await run(self.documents.render, rendering)
        rendered = QuoteRendered(key=quote.open_effects[0].key, digest=rendering.digest, document=document)
        quote = apply_event(quote, rendered, NOW)
        await run(self.projection.project, quote)
        return quote


def request_of(quote: Quote, name: QuoteEffectName, **argument: Any) -> QuoteEffectRequest:
    """Return the request of the workflow for an effect of the quote."""
    sent, link = quote.versions[-1], quote.live_link
    return QuoteEffectRequest(
        key=f"{quote.id}:{quote.revision}:{name}",
        name=name,
        quote_id=quote.id,
        workflow_id=quote.workflow_id,
        display_number=quote.display_number or "",
        version=sent.version,
        digest=sent.digest,
        document=sent.document,
        link=LinkGrant(quote_id=quote.id, number=link.number, expires_at=link.expires_at) if link else None,
        argument=argument,
        revision=quote.revision,
        chain=quote.chain,
    )


@pytest.fixture
def place(engine: AsyncEngine, renderer: EmbeddedRenderer) -> QuotePlace:
    store = QuoteStore(engine)
    return QuotePlace(QuoteDocuments(renderer, store), QuoteProjection(engine), store)
