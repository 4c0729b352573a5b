"""The activities of a worker: the lists that each domain's `wiring.py` builds, one after another."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from activities.accounting import wiring as accounting
from activities.archive import wiring as archive
from activities.billing import wiring as billing
from activities.bills import wiring as bills
from activities.database.engine import EFFECTS, create_engine
from activities.delivery import wiring as delivery
from activities.documents import wiring as documents
from activities.documents.store import DocumentStore
from activities.events import wiring as events
from activities.events.feed import EventConsumer
from activities.events.webhooks.consumer import WebhookConsumer
from activities.invoice import wiring as invoice
from activities.issuer import wiring as issuer
from activities.ledger.ledger import Ledger
from activities.notifications import wiring as notifications
from activities.partners import wiring as partners
from activities.quotes import wiring as quotes
from activities.quotes.store import QuoteStore
from settings import Settings


@asynccontextmanager
async def activities_of(settings: Settings) -> AsyncIterator[list[Callable[..., Any]]]:
    """Yield all activities; their clients and database engines are closed when the block ends."""
    async with AsyncExitStack() as stack:
        engine = create_engine(settings.database_url.get_secret_value())
        stack.push_async_callback(engine.dispose)
        effects_engine = create_engine(settings.database_url.get_secret_value(), EFFECTS)
        stack.push_async_callback(effects_engine.dispose)
        store, ledger, quote_store = DocumentStore(engine), Ledger(effects_engine), QuoteStore(engine)
        renderer = await documents.renderer_of(settings, stack)
        # Each has a cursor of its own in the feed (models/events/).
        consumers: tuple[EventConsumer, ...] = (WebhookConsumer(engine), notifications.consumer(settings, engine))
        yield [
            *issuer.activities(engine),
            *invoice.activities(engine),
            *partners.activities(engine),
            *billing.activities(settings, engine, stack),
            *documents.activities(renderer, store, stack),
            *quotes.activities(engine, renderer, quote_store),
            *archive.activities(settings, engine, store, ledger, stack, quote_store.pdf),
            *await accounting.activities(settings, engine, store, ledger, stack),
            *await delivery.activities(settings, engine, store, ledger, stack),
            *await bills.activities(settings, engine, ledger, stack),
            *events.activities(settings, engine, consumers),
            *await notifications.activities(settings, engine, stack),
        ]


@asynccontextmanager
async def bill_activities_of(settings: Settings) -> AsyncIterator[list[Callable[..., Any]]]:
    """Yield the activities of the queue of vendor bills; their clients are closed when the block ends."""
    async with AsyncExitStack() as stack:
        yield await bills.bulk_activities(settings, stack)
