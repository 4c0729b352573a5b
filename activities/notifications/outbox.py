"""The stored messages of the notices: which comes next in a chat, and what became of each.

A message is marked as `unknown` before it is sent, so that an attempt that ends without an answer is never repeated
(docs/specification/effects.md 8.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from activities.notifications.texts import Texts
from models.invoice.revision import cut
from models.notifications.bundles import due_at, messages
from models.notifications.notice import Notice
from models.notifications.ports import NextMessage, SentMessage
from models.notifications.tables import TelegramChat, TelegramMessage, TelegramNotice

# A chat that is closed to the bot is tried again after this time.
CLOSED_FOR: Final = timedelta(days=1)
LONGEST_ERROR: Final = 500
MOST_NOTICES: Final = 2000  # of one message

_LOCK_CHAT: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('telegram ' || :chat, 0))")


@dataclass(frozen=True)
class Attempt:
    """An attempt that is recorded as `unknown` by now; `sends_to` is the chat as Telegram has it."""

    chat: str
    sends_to: str
    markup: str


@dataclass(frozen=True)
class Outbox:
    """The messages in PostgreSQL."""

    engine: AsyncEngine
    texts: Texts

    async def waiting_chats(self) -> list[str]:
        """Return the chats that have messages to send or notices to compose; a forum is one chat with all its topics.

        Telegram's limits hold for a chat as a whole.
        """
        notices = select(_whole(TelegramNotice)).where(col(TelegramNotice.message_id).is_(None))
        pending = select(_whole(TelegramMessage)).where(col(TelegramMessage.state) == "pending")
        async with self.engine.connect() as connection:
            return sorted(await connection.scalars(notices.union(pending)))

    async def next_message(self, chat: str, now: datetime) -> NextMessage:
        """Return the oldest message of the chat; compose the notices that are due if there is none."""
        async with self.engine.begin() as connection:
            await connection.execute(_LOCK_CHAT, {"chat": chat})
            if found := await self._oldest(connection, chat):
                return found
            wait = await self._compose_due(connection, chat, now)
            return await self._oldest(connection, chat) or NextMessage(wait_seconds=wait)

    async def begin(self, message: int, now: datetime) -> Attempt | SentMessage:
        """Record an attempt and return it; return what became of a message that must not be sent (again)."""
        async with self.engine.begin() as connection:
            row = (await connection.execute(_message(message).with_for_update())).one()
            if row.state != "pending":
                return SentMessage(state=row.state, problem=row.last_error)
            chat = (await connection.execute(_chat(row.chat))).first()
            if chat and chat.closed_at and now - chat.closed_at < CLOSED_FOR:
                problem = (
                    f"The chat {row.chat} is closed to the bot since {chat.closed_at:%Y-%m-%d %H:%M}: {chat.reason}"
                )
                await connection.execute(_changed(message, state="skipped", last_error=problem))
                return SentMessage(state="skipped", problem=problem)
            counted = {"attempts": row.attempts + 1, "tried_at": now}
            unanswered = f"No answer is recorded. {in_doubt(row.chat)}"
            await connection.execute(_changed(message, state="unknown", last_error=unanswered, **counted))
        return Attempt(chat=row.chat, sends_to=(chat and chat.moved_to) or row.chat, markup=row.markup)

    async def put_back(self, message: int, problem: str) -> None:
        """Record that nothing was sent, so that the message may be sent later."""
        async with self.engine.begin() as connection:
            await connection.execute(_changed(message, state="pending", last_error=cut(problem, LONGEST_ERROR)))

    async def settle(
        self, message: int, state: str, *, telegram_id: int | None = None, problem: str | None = None
    ) -> None:
        """Record the outcome of an attempt."""
        error = cut(problem, LONGEST_ERROR) if problem else None
        async with self.engine.begin() as connection:
            await connection.execute(_changed(message, state=state, telegram_id=telegram_id, last_error=error))

    async def note_chat(self, chat: str, **values: Any) -> None:
        """Record what is known of a chat: `moved_to`, or `closed_at` with its `reason`."""
        row = insert(TelegramChat).values(chat=chat, **values)
        async with self.engine.begin() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=[col(TelegramChat.chat)], set_=values))

    async def add_message(self, key: str, chat: str, topic: str, title: str, parts: Sequence[str]) -> bool:
        """Store a message that is not made of notices; return whether it is new."""
        async with self.engine.begin() as connection:
            return await _store(connection, key, chat, topic, title, parts) is not None

    async def _oldest(self, connection: AsyncConnection, chat: str) -> NextMessage | None:
        table = TelegramMessage
        query = select(col(table.id), col(table.title)).where(_whole(table) == chat, col(table.state) == "pending")
        row = (await connection.execute(query.order_by(col(table.id)).limit(1))).first()
        return NextMessage(message=row.id, title=row.title) if row else None

    async def _compose_due(self, connection: AsyncConnection, chat: str, now: datetime) -> int | None:
        """Compose the notices that have waited long enough; return how many seconds others have to wait."""
        table = TelegramNotice
        waiting = (_whole(table) == chat) & col(table.message_id).is_(None)
        oldest, newest = func.min(col(table.created_at)), func.max(col(table.created_at))
        place = (col(table.chat), col(table.topic))
        found = select(*place, oldest, newest).where(waiting).group_by(*place).order_by(oldest)
        ages = await connection.execute(found)
        waits = []
        for address, topic, first, last in ages.all():
            seconds = ceil((due_at(first, last) - now).total_seconds())
            if seconds > 0:
                waits.append(seconds)
                continue
            there = (col(table.chat) == address) & (col(table.topic) == topic)
            query = select(col(table.key), col(table.notice)).where(waiting, there)
            rows = (await connection.execute(query.order_by(col(table.position)).limit(MOST_NOTICES))).all()
            for together in messages([Notice.model_validate(row.notice) for row in rows]):
                await self._compose(connection, address, topic, together)
        return min(waits, default=None)

    async def _compose(self, connection: AsyncConnection, chat: str, topic: str, notices: tuple[Notice, ...]) -> None:
        key = notices[0].key if len(notices) == 1 else f"{notices[0].key}+{len(notices) - 1}"
        title = f"{notices[0].kind} {notices[0].number}" if len(notices) == 1 else f"{len(notices)} notices"
        first = await _store(connection, key, chat, topic, title, self.texts.of_notices(key, notices))
        assert first is not None, "a notice is composed in the transaction that stores its message"
        told = col(TelegramNotice.key).in_([notice.key for notice in notices])
        await connection.execute(update(TelegramNotice).where(told).values(message_id=first))


def in_doubt(chat: str) -> str:
    """Return what a person does about a message whose outcome is unknown."""
    return f"The message is not sent again, because it may have arrived: look into the chat {chat}."


async def _store(
    connection: AsyncConnection, key: str, chat: str, topic: str, title: str, parts: Sequence[str]
) -> int | None:
    """Store the parts of a message; return the id of the first, None if the message is stored already."""
    first: int | None = None
    for number, part in enumerate(parts, 1):
        values = {"key": f"{key}.{number}", "chat": chat, "topic": topic, "title": title, "markup": part}
        row = insert(TelegramMessage).values(**values).on_conflict_do_nothing().returning(col(TelegramMessage.id))
        stored = await connection.scalar(row)
        if stored is None:
            return None
        first = first or stored
    return first


def _whole(table: type[TelegramNotice] | type[TelegramMessage]) -> Any:
    """Return the chat of a row without the topic of a forum."""
    return func.split_part(col(table.chat), "/", 1)


def _message(message: int) -> Any:
    table = TelegramMessage
    columns = (table.chat, table.markup, table.state, table.attempts, table.last_error)
    return select(*map(col, columns)).where(col(table.id) == message)


def _chat(chat: str) -> Any:
    table = TelegramChat
    return select(col(table.moved_to), col(table.closed_at), col(table.reason)).where(col(table.chat) == chat)


def _changed(message: int, **values: Any) -> Any:
    return update(TelegramMessage).where(col(TelegramMessage.id) == message).values(**values)
