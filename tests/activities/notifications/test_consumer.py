"""The consumer of the feed: recorded events become notices, once, and each chat gets one workflow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.testing import ActivityEnvironment

from activities.events.feed import pass_to, publish
from activities.invoice.projection import InvoiceProjection
from activities.notifications.consumer import TelegramNotices
from activities.notifications.outbox import Outbox
from activities.quotes.projection import QuoteProjection
from models.invoice.commands import Decline, Regenerate
from models.invoice.invoice import Invoice
from settings import TelegramSettings
from tests.fixtures import quotes
from tests.fixtures.invoices import approved, execute, payment, reviewable, sent
from tests.fixtures.telegram import notice, store_notices

ON = TelegramSettings(token=SecretStr("1:token"), chat="-1001", payments="-1001/17", problems="off")


@pytest.fixture
def consumer(outbox: Outbox) -> TelegramNotices:
    return TelegramNotices(ON, outbox)


async def record(engine: AsyncEngine, *invoices: Invoice) -> None:
    for invoice in invoices:
        await InvoiceProjection(engine).project(invoice)
    await publish(engine)


async def stored(engine: AsyncEngine) -> Sequence[Any]:
    query = text("SELECT chat, topic, notice ->> 'kind' AS kind, key FROM telegram_notices ORDER BY position")
    async with engine.connect() as connection:
        return (await connection.execute(query)).all()


async def test_events_become_notices_for_the_chats_of_their_topics(
    own_engine: AsyncEngine, consumer: TelegramNotices
) -> None:
    await pass_to(own_engine, consumer)  # its cursor begins here
    whole = sent()
    paid = execute(whole, payment(whole.balance))
    await record(own_engine, paid)
    await pass_to(own_engine, consumer)
    assert [(row.chat, row.topic, row.kind) for row in await stored(own_engine)] == [
        ("-1001", "approvals", "approved"),
        ("-1001/17", "payments", "payment"),
    ]
    assert all(row.key.startswith(f"{paid.id}:") for row in await stored(own_engine))


async def test_an_event_of_a_quote_is_no_notice_and_holds_nothing_up(
    own_engine: AsyncEngine, consumer: TelegramNotices
) -> None:
    await pass_to(own_engine, consumer)
    await QuoteProjection(own_engine).project(quotes.accepted())  # six events
    await record(own_engine, approved())
    assert await pass_to(own_engine, consumer) == 6 + len(approved().journal)
    assert [row.kind for row in await stored(own_engine)] == ["approved"]


async def test_an_event_that_is_passed_twice_is_one_notice(own_engine: AsyncEngine, consumer: TelegramNotices) -> None:
    await pass_to(own_engine, consumer)
    await record(own_engine, approved())
    await pass_to(own_engine, consumer)
    again = replace(consumer, name="telegram-again")
    async with own_engine.begin() as connection:
        await connection.execute(text("INSERT INTO event_cursors VALUES ('telegram-again', 0, now())"))
    assert await pass_to(own_engine, again) > 0
    assert len(await stored(own_engine)) == 1


@pytest.mark.parametrize("off", [TelegramSettings(), ON.model_copy(update={"approvals": "off"})])
async def test_without_a_chat_nothing_is_stored_but_the_feed_goes_on(
    own_engine: AsyncEngine, outbox: Outbox, off: TelegramSettings
) -> None:
    silent = TelegramNotices(off, outbox)
    await pass_to(own_engine, silent)
    await record(own_engine, approved())
    assert await pass_to(own_engine, silent) > 0
    assert await stored(own_engine) == []


async def test_events_that_nobody_is_told_about(own_engine: AsyncEngine, consumer: TelegramNotices) -> None:
    await pass_to(own_engine, consumer)
    declined = execute(reviewable(), Decline(by="boss", reason="rate"))
    await record(own_engine, execute(declined, Regenerate(by="anna")))
    assert await pass_to(own_engine, consumer) > 1
    assert [row.kind for row in await stored(own_engine)] == ["declined"]


class Starts:
    """A client of Temporal that refuses to start a workflow twice."""

    def __init__(self) -> None:
        self.running: set[str] = set()

    async def start_workflow(self, workflow: str, argument: object, *, id: str, **_: Any) -> None:
        if id in self.running:
            raise WorkflowAlreadyStartedError(id, workflow)
        self.running.add(id)


async def test_each_chat_with_something_to_send_gets_one_workflow(
    own_engine: AsyncEngine, consumer: TelegramNotices
) -> None:
    temporal: Any = Starts()
    start = consumer.start_deliveries

    async def look(client: Client) -> int:
        return await start(client)

    assert await ActivityEnvironment().run(look, temporal) == 0
    await store_notices(own_engine, [notice(1), notice(2)])
    await store_notices(own_engine, [notice(3)], chat="@finance/17")
    await store_notices(own_engine, [notice(4)], chat="@finance/18")
    assert await ActivityEnvironment().run(look, temporal) == 2
    assert await ActivityEnvironment().run(look, temporal) == 0  # they run
    assert temporal.running == {"telegram-chat.-1001", "telegram-chat.@finance"}
