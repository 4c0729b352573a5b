"""What operators see of the notices: the chats, what waits for them, and what was not sent lately."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_CHATS: Final = text(
    """
    SELECT given.chat, known.moved_to, known.closed_at, known.reason,
        (SELECT count(*) FROM telegram_notices AS notices
         WHERE notices.chat = given.chat AND notices.message_id IS NULL)
        + (SELECT count(*) FROM telegram_messages AS messages
           WHERE messages.chat = given.chat AND messages.state = 'pending') AS waiting
    FROM unnest(CAST(:chats AS text[])) AS given(chat) LEFT JOIN telegram_chats AS known USING (chat)
    ORDER BY given.chat
    """
)
_NOT_SENT: Final = text(
    """
    SELECT created_at, chat, title, state, last_error FROM telegram_messages
    WHERE state IN ('unknown', 'failed', 'skipped') AND created_at > now() - interval '7 days'
    ORDER BY id DESC LIMIT :most
    """
)
MOST_LISTED: Final = 50


@dataclass(frozen=True)
class ChatState:
    """A chat of the settings. `closed_at` is None while the bot can write to it."""

    chat: str
    moved_to: str | None
    closed_at: datetime | None
    reason: str | None
    waiting: int


@dataclass(frozen=True)
class NotSent:
    """A message of the last seven days that did not arrive, or of which nobody knows."""

    created_at: datetime
    chat: str
    title: str
    state: str
    last_error: str | None


async def chat_states(engine: AsyncEngine, chats: Collection[str]) -> list[ChatState]:
    """Return the state of each of these chats."""
    async with engine.connect() as connection:
        rows = await connection.execute(_CHATS, {"chats": list(chats)})
    return [ChatState(**row._mapping) for row in rows]


async def not_sent(engine: AsyncEngine) -> list[NotSent]:
    """Return the newest messages of the last seven days that were not sent."""
    async with engine.connect() as connection:
        rows = await connection.execute(_NOT_SENT, {"most": MOST_LISTED})
    return [NotSent(**row._mapping) for row in rows]
