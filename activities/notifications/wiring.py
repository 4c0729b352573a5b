"""The activities of the notices, with their client of Telegram, and the consumer of the event feed."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.clients import telegram
from activities.clients.telegram import Telegram
from activities.notifications.consumer import TelegramNotices
from activities.notifications.outbox import Outbox
from activities.notifications.sending import Sending
from activities.notifications.summary import DailySummary
from activities.notifications.texts import Texts
from models.notifications.notice import Topic
from settings import Settings, TelegramSettings


async def activities(settings: Settings, engine: AsyncEngine, stack: AsyncExitStack) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes the client. Without a token there is no client."""
    configured, client = settings.telegram, None
    if configured.token:
        http = telegram.connect(configured.url, configured.token, configured.timeout_seconds)
        client = Telegram(await stack.enter_async_context(http))
    outbox = _outbox(configured, engine)
    sending = Sending(client, outbox)
    summary = DailySummary(engine, outbox, configured.chat_of(Topic.SUMMARY), configured.summary_weekdays)
    return [sending.next_message, sending.send, summary.store]


def consumer(settings: Settings, engine: AsyncEngine) -> TelegramNotices:
    """Return the consumer of the event feed."""
    return TelegramNotices(settings.telegram, _outbox(settings.telegram, engine))


def _outbox(settings: TelegramSettings, engine: AsyncEngine) -> Outbox:
    return Outbox(engine, Texts(settings.language, settings.invoice_url))
