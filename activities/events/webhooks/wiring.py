"""The activities that send webhooks, for a worker of their own: receivers that hang delay nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

from activities.database.engine import create_engine
from activities.events.webhooks.delivery import WebhookDeliveries
from activities.events.webhooks.sealing import Sealing
from activities.events.webhooks.sender import WebhookSender
from models.events.webhooks.target import TargetRules
from settings import Settings


@asynccontextmanager
async def webhook_activities_of(settings: Settings) -> AsyncIterator[list[Callable[..., Any]]]:
    """Yield the activities; their client and their database engine are closed when the block ends."""
    configured = settings.webhooks
    async with AsyncExitStack() as stack:
        engine = create_engine(settings.database_url.get_secret_value())
        stack.push_async_callback(engine.dispose)
        http = await stack.enter_async_context(WebhookSender.client())
        rules = TargetRules(allow_http=configured.allow_http, allow_private=configured.allow_private)
        deliveries = WebhookDeliveries(
            engine,
            WebhookSender(http, configured.timeout_seconds, rules),
            Sealing(settings.temporal.key_ring),
            configured.pauses,
            timedelta(days=configured.disable_after_days),
        )
        yield [deliveries.attempt]
