"""The activities of the notices, on the sandbox of Telegram and on a database for each test."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.clients import telegram
from activities.clients.telegram import Telegram
from activities.notifications.outbox import Outbox
from activities.notifications.sending import Sending
from activities.notifications.texts import Texts
from tests.fixtures.sandboxes import TELEGRAM_TOKEN, Sandbox


@pytest.fixture
def own_engine(connect: Callable[..., AsyncEngine]) -> AsyncEngine:
    return connect()


@pytest.fixture
async def bot_http(telegram_sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with telegram.connect(telegram_sandbox.url, TELEGRAM_TOKEN, 30.0) as http:
        yield http


@pytest.fixture
def outbox(own_engine: AsyncEngine) -> Outbox:
    return Outbox(own_engine, Texts("en"))


@pytest.fixture
def sending(bot_http: httpx.AsyncClient, outbox: Outbox) -> Sending:
    return Sending(Telegram(bot_http), outbox)
