"""An endpoint at the receiver, on a database of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from activities.database import engine as database
from activities.events.feed import pass_to
from activities.events.webhooks.consumer import WebhookConsumer
from activities.events.webhooks.delivery import WebhookDeliveries
from activities.events.webhooks.sealing import Sealing
from activities.events.webhooks.sender import WebhookSender
from api.settings.store import SettingsStore
from tests.activities.events.webhooks import KEYS, LAPTOP, PAUSES, Webhooks, added
from tests.fixtures.sandboxes import Sandbox


@pytest.fixture
async def hooks(empty_database_url: str, webhook_sandbox: Sandbox) -> AsyncIterator[Webhooks]:
    engine = database.create_engine(empty_database_url)
    store = SettingsStore.at(empty_database_url)
    consumer = WebhookConsumer(engine)
    await pass_to(engine, consumer)
    endpoint, secret = await added(store, f"{webhook_sandbox.url}/receive")
    webhook_sandbox.admin("secrets", {"secrets": [secret]})
    async with WebhookSender.client() as http:
        sender = WebhookSender(http, 1.0, LAPTOP)
        activity = WebhookDeliveries(engine, sender, Sealing(KEYS), PAUSES, timedelta(days=5))
        yield Webhooks(engine, webhook_sandbox, activity, consumer, endpoint, secret, store)
    await store.close()
    await engine.dispose()
