"""Quotes whose versions are in the archive, as their workflow records them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from temporalio.testing import ActivityEnvironment

from activities.archive.addresses import ArchiveAddresses
from activities.archive.quotes import QuoteArchive
from activities.ledger.ledger import Ledger
from activities.quotes.projection import QuoteProjection
from activities.quotes.store import QuoteStore
from models.access.roles import Role
from models.invoice.invoice import Number
from models.quotes.quote.commands import ReviseQuote
from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
from models.quotes.quote.event_handlers import apply_event, frozen_digest
from models.quotes.quote.events import QuoteEffectCompleted, QuoteNumbered, QuoteRendered
from models.quotes.quote.ports import QuoteEffectRequest, RenderQuote
from models.quotes.quote.quote import Quote
from settings import S3Settings
from tests.activities.archive.conftest import Place
from tests.fixtures.quotes import NOW, do, draft, send_command


async def run(activity: Callable[..., Awaitable[Any]], request: Any) -> Any:
    """Return the result of one attempt of an activity."""
    return await ActivityEnvironment().run(activity, request)


def pdf_of(quote: Quote, version: int) -> bytes:
    """Return the bytes that stand for the PDF of a version."""
    return f"{quote.id} {version}".encode()


async def sent(place: Place, before: Quote | None = None) -> Quote:
    """Return a quote with a new version that was sent and is not archived yet."""
    revised = before and do(before, ReviseQuote(by="boss", role=Role.MANAGER))
    quote = revised or draft(quote_id=str(uuid4()))
    quote = do(quote, send_command(quote))
    if quote.number is None:
        number = Number(series="quotes", seq=1, display=f"Q-2026-{quote.id[:8]}")
        quote = apply_event(quote, QuoteNumbered(key=quote.open_effects[-1].key, number=number), NOW)
    rendering = RenderQuote(
        quote_id=quote.id,
        number=quote.display_number or "",
        version=quote.version,
        digest=frozen_digest(quote),
        content=quote.content,
    )
    document = await QuoteStore(place.engine).save(rendering, pdf_of(quote, quote.version), pages=1)
    rendered = QuoteRendered(key=quote.open_effects[-1].key, digest=rendering.digest, document=document)
    quote = apply_event(quote, rendered, NOW)
    await run(QuoteProjection(place.engine).project, quote)
    return quote


async def stored(place: Place, quote: Quote) -> QuoteEffectCompleted:
    """Store the PDF of the newest version; return the event that the workflow records."""
    archive = QuoteArchive(
        place.objects, ArchiveAddresses(S3Settings()), QuoteStore(place.engine).pdf, Ledger(place.engine)
    )
    effect = quote.latest_effect(QuoteEffectName.ARCHIVE)
    assert effect is not None
    return QuoteEffectCompleted(key=effect.key, receipt=await run(archive.store, _request(quote, effect)))


async def archived(place: Place, before: Quote | None = None) -> Quote:
    """Return a quote with a new version that was sent and archived."""
    quote = await sent(place, before)
    quote = apply_event(quote, await stored(place, quote), NOW)
    await run(QuoteProjection(place.engine).project, quote)
    return quote


def key_of(quote: Quote, version: int) -> str:
    return f"quotes/2026/{quote.display_number}.v{version}.pdf"


def _request(quote: Quote, effect: QuoteEffect) -> QuoteEffectRequest:
    newest = quote.versions[-1]
    return QuoteEffectRequest(
        key=effect.key,
        name=effect.name,
        quote_id=quote.id,
        workflow_id=quote.workflow_id,
        display_number=quote.display_number or "",
        version=newest.version,
        digest=newest.digest,
        document=newest.document,
        argument=effect.argument,
        revision=quote.revision,
        chain=quote.chain,
    )
