"""The notices become messages: after a quiet moment, in order, and many of them in one."""

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.notifications.outbox import Outbox
from models.notifications.notice import NoticeKind
from models.notifications.ports import NextMessage
from tests.fixtures.telegram import GROUP, NOW, notice, store_notices, stored_messages


async def test_nothing_waits_in_an_empty_outbox(outbox: Outbox) -> None:
    assert await outbox.waiting_chats() == []
    assert (await outbox.next_message(GROUP, NOW)).is_nothing


async def test_young_notices_wait_for_others(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(1)], age=timedelta(seconds=4))
    assert await outbox.next_message(GROUP, NOW) == NextMessage(wait_seconds=6)
    assert await stored_messages(own_engine) == []
    assert (await outbox.next_message(GROUP, NOW + timedelta(seconds=6))).title == "approved ACT-1"


async def test_two_hundred_approvals_are_one_message(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(n) for n in range(200)])
    found = await outbox.next_message(GROUP, NOW)
    [message] = await stored_messages(own_engine)
    assert (found.message, found.title) == (message.id, "200 notices")
    assert "<b>Approved: 200</b>" in message.markup
    assert "UZS\u00a03,000,000,000.00" in message.markup  # 200 * 15,000,000.00
    assert "and 185 more" in message.markup


async def test_what_comes_during_an_outage_becomes_one_message(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(1)])
    tried = await outbox.next_message(GROUP, NOW)
    assert tried.message is not None
    await outbox.begin(tried.message, NOW)
    await outbox.put_back(tried.message, "Telegram could not be reached")
    await store_notices(own_engine, [notice(n) for n in range(2, 52)])
    assert await outbox.next_message(GROUP, NOW + timedelta(days=2)) == tried
    await outbox.begin(tried.message, NOW)
    await outbox.settle(tried.message, "done", telegram_id=1)
    assert (await outbox.next_message(GROUP, NOW + timedelta(days=2))).title == "50 notices"
    assert len(await stored_messages(own_engine)) == 2


async def test_topics_of_one_chat_have_messages_of_their_own(own_engine: AsyncEngine, outbox: Outbox) -> None:
    payments = [notice(n, NoticeKind.PAYMENT) for n in range(10, 15)]
    await store_notices(own_engine, [*(notice(n) for n in range(5)), *payments])
    await outbox.next_message(GROUP, NOW)
    assert sorted(row.topic for row in await stored_messages(own_engine)) == ["approvals", "payments"]


async def test_a_few_notices_come_one_by_one_in_order(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(3), notice(1), notice(2)])
    await outbox.next_message(GROUP, NOW)
    assert [row.title for row in await stored_messages(own_engine)] == [
        "approved ACT-3",
        "approved ACT-1",
        "approved ACT-2",
    ]


async def test_repeated_and_simultaneous_looks_compose_a_notice_once(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(n) for n in range(3)])
    found = await asyncio.gather(*(outbox.next_message(GROUP, NOW) for _ in range(5)))
    rows = await stored_messages(own_engine)
    assert len(rows) == 3
    assert {each.message for each in found} == {rows[0].id}


async def test_chats_do_not_see_each_other(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(1)], chat="-1")
    await store_notices(own_engine, [notice(2)], chat="-2/7")
    assert await outbox.waiting_chats() == ["-1", "-2"]
    assert (await outbox.next_message("-2", NOW)).title == "approved ACT-2"
    assert (await outbox.next_message("-3", NOW)).is_nothing


async def test_the_topics_of_a_forum_share_the_limit_of_their_chat(own_engine: AsyncEngine, outbox: Outbox) -> None:
    await store_notices(own_engine, [notice(1)], chat="-2/7")
    await store_notices(own_engine, [notice(2, NoticeKind.PAYMENT)], chat="-2/8")
    await store_notices(own_engine, [notice(3, NoticeKind.BLOCKED)], chat="-2")
    assert await outbox.waiting_chats() == ["-2"]
    await outbox.next_message("-2", NOW)
    rows = await stored_messages(own_engine)
    assert {(row.chat, row.title) for row in rows} == {
        ("-2/7", "approved ACT-1"),
        ("-2/8", "payment ACT-2"),
        ("-2", "blocked ACT-3"),
    }


async def test_a_message_with_a_key_is_stored_once(own_engine: AsyncEngine, outbox: Outbox) -> None:
    parts = ["first", "second"]
    assert await outbox.add_message("summary:2026-04-01", GROUP, "summary", "summary", parts)
    assert not await outbox.add_message("summary:2026-04-01", GROUP, "summary", "summary", ["other"])
    assert [(row.key, row.markup) for row in await stored_messages(own_engine)] == [
        ("summary:2026-04-01.1", "first"),
        ("summary:2026-04-01.2", "second"),
    ]
