"""`aktum telegram`: the chats of the notices, and a test message to each of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import typer
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine

import settings as configuration
from activities.clients import telegram
from activities.clients.errors import ClientError
from activities.clients.telegram import ChatClosed, Telegram
from activities.notifications.outbox import Outbox
from activities.notifications.overview import ChatState, NotSent, chat_states, not_sent
from activities.notifications.sending import deliver
from activities.notifications.texts import Texts
from models.notifications.notice import Topic
from operations.connections import ATTENTION, console, settings
from operations.postgres import run_on_postgres, with_engine

TEST = "Aktum can write here. Topics: {}."


def check() -> None:
    """List the chats and what was not sent lately. Exit code 3 if one is closed or something was not sent."""
    topics = _topics(settings().telegram)
    states, failures = run_on_postgres(with_engine(lambda engine: _look(engine, topics)))
    console.print(_chat_table(states, topics))
    if failures:
        console.print(_failure_table(failures))
    closed = [state for state in states if state.closed_at]
    if closed or failures:
        raise typer.Exit(ATTENTION)
    console.print("Every message of the last seven days was sent.")


def send_test() -> None:
    """Send a message to each chat and open those that the bot may write to again. Exit code 3 if one is refused."""
    configured = settings().telegram
    topics = _topics(configured)
    refused = run_on_postgres(with_engine(lambda engine: _send_to_all(engine, configured, topics)))
    if refused:
        raise typer.Exit(ATTENTION)


def _topics(configured: configuration.TelegramSettings) -> Mapping[str, list[str]]:
    """Return the topics of each chat. Exit code 1 if Telegram is switched off."""
    found: dict[str, list[str]] = {}
    for topic in Topic:
        if chat := configured.chat_of(topic):
            found.setdefault(chat, []).append(topic)
    if not found:
        console.print("Telegram is switched off; set AKTUM_TELEGRAM__TOKEN and AKTUM_TELEGRAM__CHAT.", style="red")
        raise typer.Exit(1)
    return found


async def _look(engine: AsyncEngine, topics: Mapping[str, list[str]]) -> tuple[list[ChatState], list[NotSent]]:
    return await chat_states(engine, topics.keys()), await not_sent(engine)


async def _send_to_all(
    engine: AsyncEngine, configured: configuration.TelegramSettings, topics: Mapping[str, list[str]]
) -> int:
    """Return how many chats refused the message."""
    outbox, refused = Outbox(engine, Texts(configured.language)), 0
    moved = {state.chat: state.moved_to for state in await chat_states(engine, topics.keys())}
    async with telegram.connect(configured.url, configured.token, configured.timeout_seconds) as http:
        for chat, names in topics.items():
            try:
                await deliver(Telegram(http), outbox, chat, moved[chat] or chat, TEST.format(", ".join(names)))
            except ClientError as error:
                refused += 1
                if isinstance(error, ChatClosed):
                    await outbox.note_chat(chat, closed_at=datetime.now(UTC), reason=error.vendor_message)
                console.print(Text(f"{chat}: {error.message}", "red"))
                continue
            await outbox.note_chat(chat, closed_at=None, reason=None)
            console.print(Text(f"{chat}: sent"))
    return refused


def _chat_table(states: Sequence[ChatState], topics: Mapping[str, list[str]]) -> Table:
    table = Table("Chat", "Topics", "State", "Waiting", box=None, header_style="dim", pad_edge=False)
    for each in states:
        state = f"closed since {each.closed_at:%Y-%m-%d %H:%M} UTC: {each.reason}" if each.closed_at else "open"
        if each.moved_to:
            state += f"; moved to {each.moved_to}, change the setting"
        table.add_row(Text(each.chat), ", ".join(topics[each.chat]), Text(state), str(each.waiting))
    return table


def _failure_table(failures: Sequence[NotSent]) -> Table:
    table = Table("Created (UTC)", "Chat", "Message", "State", "Why", box=None, header_style="dim", pad_edge=False)
    for each in failures:
        created = f"{each.created_at:%Y-%m-%d %H:%M}"
        table.add_row(created, Text(each.chat), Text(each.title), each.state, Text(each.last_error or ""))
    return table
