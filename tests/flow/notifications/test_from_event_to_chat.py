"""The whole way on real engines: recorded events, the feed, the workflow of the chat, and Telegram's sandbox."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from activities.clients import telegram
from activities.clients.telegram import Telegram
from activities.database import engine as database
from activities.events.feed import EventFeed, pass_to
from activities.invoice.projection import InvoiceProjection
from activities.notifications.consumer import TelegramNotices
from activities.notifications.outbox import Outbox
from activities.notifications.sending import Sending
from activities.notifications.texts import Texts
from models.audit.hash_chain import GENESIS, append_event
from models.invoice.invoice import Invoice, Number
from models.invoice.status import Status
from settings import TelegramSettings
from tests.fixtures.database_invoices import CREATED, invoice
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import TELEGRAM_TOKEN, Sandbox
from tests.fixtures.telegram import stored_messages
from worker import build_worker
from workflows.client import event_feed

APPROVALS = 200
SECONDS = 120.0


def approved(n: int) -> Invoice:
    """Return an invoice of 15,000,000.00 whose approval is not recorded yet."""
    event = append_event(
        GENESIS, 1, at=CREATED, by="boss", action="approve", status_before="needs_review", status_after="approved"
    )
    number = Number(series="ACT", seq=n, display=f"ACT-{n}")
    return invoice(status=Status.APPROVED, number=number, journal=(event,), chain=event.hash)


@pytest.fixture
async def engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = database.create_engine(empty_database_url)
    yield engine
    await engine.dispose()


async def test_a_billing_run_of_approvals_is_one_message(
    own_temporal: Client, queue: str, engine: AsyncEngine, telegram_sandbox: Sandbox
) -> None:
    outbox = Outbox(engine, Texts("en"))
    consumer = TelegramNotices(TelegramSettings(token=SecretStr("1:token"), chat="-1001"), outbox)
    await pass_to(engine, consumer)
    projection = InvoiceProjection(engine)
    for n in range(APPROVALS):
        await projection.project(approved(n))
    async with telegram.connect(telegram_sandbox.url, TELEGRAM_TOKEN, 30.0) as http:
        sending = Sending(Telegram(http), outbox)
        feed = EventFeed(engine, (consumer,), timedelta(seconds=0.2))
        telegram_sandbox.fault("status", path="sendMessage", status=503)
        async with build_worker(own_temporal, [feed.pass_on, sending.next_message, sending.send], queue):
            await event_feed.ensure_running(own_temporal, queue)

            async def messages() -> int:
                return len(telegram_sandbox.effects())

            await eventually(messages, lambda count: count >= 1, within=SECONDS)

            async def waiting() -> list[str]:
                return await outbox.waiting_chats()

            await eventually(waiting, lambda chats: not chats, within=SECONDS)
    [arrived] = telegram_sandbox.effects()
    text = arrived["record"]["text"].replace("\u00a0", " ")
    assert "Approved: 200" in text
    assert "UZS 3,000,000,000.00" in text  # 200 * 15,000,000.00
    assert [(row.state, row.attempts) for row in await stored_messages(engine)] == [("done", 2)]
