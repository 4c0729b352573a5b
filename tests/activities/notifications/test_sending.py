"""Each message is sent at most once, whatever happens to the request, and its outcome is recorded."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.clients import telegram
from activities.clients.telegram import Telegram
from activities.notifications.outbox import CLOSED_FOR, Outbox
from activities.notifications.sending import Sending
from activities.notifications.texts import Texts
from models.notifications.ports import ChatRequest, MessageRequest, SentMessage
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sandboxes import TELEGRAM_TOKEN, Sandbox
from tests.fixtures.telegram import GROUP, NOW, notice, store_notices, stored_messages

# fault, what it needs, whether the activity asks Temporal for another attempt, the state, messages that arrived
FAULTS: list[tuple[str, dict[str, Any], bool, str, int]] = [
    ("status", {"status": 429}, True, "pending", 0),
    ("status", {"status": 500}, True, "pending", 0),
    ("html_502", {}, True, "pending", 0),
    ("reset_before", {}, False, "unknown", 0),
    ("commit_then_reset", {}, False, "unknown", 1),
    ("delay", {"seconds": 3}, False, "unknown", 1),
    ("late_commit", {"seconds": 1}, False, "unknown", 1),
    ("empty_200", {}, False, "unknown", 1),
    ("malformed_body", {}, False, "unknown", 1),
    ("status", {"status": 504}, False, "unknown", 0),
    ("status", {"status": 400}, False, "failed", 0),
    ("status", {"status": 401}, False, "failed", 0),
    ("status", {"status": 403}, False, "failed", 0),
    ("status", {"status": 404}, False, "failed", 0),
]


async def next_id(sending: Sending, chat: str = GROUP) -> int:
    found = await ActivityEnvironment().run(sending.next_message, ChatRequest(chat=chat, now=NOW))
    assert found.message is not None
    return int(found.message)


async def send(sending: Sending, message: int, after: timedelta = timedelta()) -> SentMessage:
    return await ActivityEnvironment().run(sending.send, MessageRequest(message=message, now=NOW + after))


async def state(engine: AsyncEngine) -> str:
    [row] = await stored_messages(engine)
    return str(row.state)


async def test_a_notice_arrives_with_its_receipt(
    own_engine: AsyncEngine, sending: Sending, telegram_sandbox: Sandbox
) -> None:
    await store_notices(own_engine, [notice()])
    sent = await send(sending, await next_id(sending))
    [arrived] = telegram_sandbox.effects()
    [row] = await stored_messages(own_engine)
    assert sent == SentMessage(state="done", telegram_id=int(arrived["id"]))
    assert (row.state, row.telegram_id, row.attempts, row.last_error) == ("done", int(arrived["id"]), 1, None)
    assert arrived["record"]["text"].splitlines() == [
        "Approved: ACT-1",
        "ООО <Ромашка> & Co",
        "UZS\u00a015,000,000.00",
        "by boss",
        notice().short_id,
    ]


@pytest.mark.parametrize(("kind", "more", "again", "expected", "arrived"), FAULTS)
async def test_each_fault(
    own_engine: AsyncEngine,
    sending: Sending,
    bot_http: httpx.AsyncClient,
    telegram_sandbox: Sandbox,
    kind: str,
    more: dict[str, Any],
    again: bool,
    expected: str,
    arrived: int,
) -> None:
    """After the fault the activity is executed again, as Temporal or a restarted worker does."""
    await store_notices(own_engine, [notice()])
    message = await next_id(sending)
    telegram_sandbox.fault(kind, path="sendMessage", **more)
    if kind == "delay":
        bot_http.timeout = httpx.Timeout(1)
    if again:
        with pytest.raises(ApplicationError) as raised:
            await send(sending, message)
        assert not raised.value.non_retryable
        assert (raised.value.next_retry_delay is not None) == (more.get("status") == 429)
    else:
        assert (await send(sending, message)).state == expected
    assert await state(own_engine) == expected

    async def count() -> int:
        return len(telegram_sandbox.effects())

    assert await eventually(count, lambda found: found >= arrived) == arrived
    telegram_sandbox.admin("clock", {"seconds": 60})
    bot_http.timeout = httpx.Timeout(30)
    final = "done" if again else expected
    assert (await send(sending, message)).state == final
    assert await state(own_engine) == final
    assert len(telegram_sandbox.effects()) == arrived + (1 if again else 0)


async def test_429_waits_as_long_as_telegram_says(
    own_engine: AsyncEngine, sending: Sending, telegram_sandbox: Sandbox
) -> None:
    for _ in range(20):
        assert sending.telegram
        await sending.telegram.send_message(GROUP, None, "text")
        telegram_sandbox.admin("clock", {"seconds": 1})
    await store_notices(own_engine, [notice()])
    with pytest.raises(ApplicationError) as raised:
        await send(sending, await next_id(sending))
    assert raised.value.next_retry_delay is not None
    assert timedelta(seconds=30) <= raised.value.next_retry_delay <= timedelta(seconds=40)


async def test_a_worker_that_dies_while_it_sends_does_not_send_again(
    own_engine: AsyncEngine, outbox: Outbox, sending: Sending, telegram_sandbox: Sandbox
) -> None:
    await store_notices(own_engine, [notice()])
    message = await next_id(sending)
    await outbox.begin(message, NOW)  # and then the process is killed, before or after the request
    assert await state(own_engine) == "unknown"
    found = await send(sending, message)
    assert (found.state, GROUP in (found.problem or "")) == ("unknown", True)  # a person is told where to look
    assert telegram_sandbox.requests() == []


async def test_a_group_that_has_moved_is_followed_and_remembered(
    own_engine: AsyncEngine, sending: Sending, telegram_sandbox: Sandbox
) -> None:
    telegram_sandbox.admin("chats", {"chat": GROUP, "state": "migrated", "migrate_to": -100555})
    await store_notices(own_engine, [notice(1), notice(2)])
    for _ in range(2):
        assert (await send(sending, await next_id(sending))).state == "done"
        telegram_sandbox.admin("clock", {"seconds": 60})
    chats = [effect["record"]["chat"]["id"] for effect in telegram_sandbox.effects()]
    assert chats == ["-100555", "-100555"]
    asked = [request["json"]["chat_id"] for request in telegram_sandbox.requests()]
    assert asked == [GROUP, "-100555", "-100555"]


@pytest.mark.parametrize("how", ["blocked", "deactivated", "kicked", "unknown", "no_thread"])
async def test_a_closed_chat_is_named_and_left_alone_for_a_day(
    own_engine: AsyncEngine, outbox: Outbox, sending: Sending, telegram_sandbox: Sandbox, how: str
) -> None:
    telegram_sandbox.admin("chats", {"chat": GROUP, "state": how})
    await store_notices(own_engine, [notice(1), notice(2), notice(3)])
    first = await send(sending, await next_id(sending))
    assert first.state == "failed"
    assert first.closed
    second = await send(sending, await next_id(sending), CLOSED_FOR - timedelta(seconds=1))
    assert second.state == "skipped"
    assert len(telegram_sandbox.requests()) == 1
    telegram_sandbox.admin("chats", {"chat": GROUP, "state": "open"})
    assert (await send(sending, await next_id(sending), CLOSED_FOR)).state == "done"
    rows = await stored_messages(own_engine)
    assert GROUP in rows[1].last_error
    assert first.closed.startswith(f"{GROUP}: ")
    assert first.closed.removeprefix(f"{GROUP}: ") in rows[1].last_error
    assert await outbox.waiting_chats() == []


async def test_markup_that_is_refused_is_sent_once_as_plain_text(
    own_engine: AsyncEngine, outbox: Outbox, sending: Sending, telegram_sandbox: Sandbox
) -> None:
    await outbox.add_message("summary:2026-04-01", GROUP, "summary", "summary", ["<h1>Sum</h1> &amp; more"])
    assert (await send(sending, await next_id(sending))).state == "done"
    [arrived] = telegram_sandbox.effects()
    assert arrived["record"]["text"] == "Sum & more"
    assert [request["json"].get("parse_mode") for request in telegram_sandbox.requests()] == ["HTML", None]


async def test_a_topic_in_a_forum(own_engine: AsyncEngine, sending: Sending, telegram_sandbox: Sandbox) -> None:
    await store_notices(own_engine, [notice()], chat="-1001/17")
    await send(sending, await next_id(sending, "-1001"))
    [arrived] = telegram_sandbox.effects()
    assert (arrived["record"]["chat"]["id"], arrived["record"]["message_thread_id"]) == ("-1001", 17)


async def test_without_telegram_a_message_is_skipped(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice()])
    off = Sending(None, outbox)
    assert (await send(off, await next_id(off))).state == "skipped"
    assert await state(own_engine) == "skipped"


async def test_a_wrong_token_fails_the_message_and_is_not_repeated_in_it(
    own_engine: AsyncEngine, telegram_sandbox: Sandbox
) -> None:
    await store_notices(own_engine, [notice()])
    async with telegram.connect(f"{telegram_sandbox.url}/missing", TELEGRAM_TOKEN, 30.0) as http:
        wrong = Sending(Telegram(http), Outbox(own_engine, Texts("en")))
        sent = await send(wrong, await next_id(wrong))
    assert sent.state == "failed"
    assert TELEGRAM_TOKEN.get_secret_value() not in f"{sent} {await stored_messages(own_engine)}"
