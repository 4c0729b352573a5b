"""The tables of the notices: what is told, the messages that tell it, and what is known of the chats."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, database_now


class TelegramMessage(SQLModel, table=True):
    """One text for a chat. It is `unknown` from just before the request until the answer is known.

    So a message whose worker died, or whose answer was lost, stays `unknown` and is not sent again.
    """

    __tablename__: ClassVar[str] = "telegram_messages"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'done', 'unknown', 'failed', 'skipped')", name="state"),
        Index("ix_telegram_messages_pending", "chat", "id", postgresql_where=text("state = 'pending'")),
        Index(None, "created_at"),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    key: str = Field(unique=True, sa_type=Text, description="of the notice, the bundle or the summary, and the part")
    chat: str = Field(sa_type=Text, description="as the settings name it")
    topic: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text, description="what it tells, in a few words for operators")
    markup: str = Field(sa_type=Text, description="in Telegram's HTML")
    state: str = Field(sa_type=Text, sa_column_kwargs={"server_default": text("'pending'")})
    telegram_id: int | None = Field(default=None, sa_type=BigInteger, description="the receipt")
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    last_error: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = database_now()
    tried_at: datetime | None = Field(default=None, sa_type=MOMENT)


class TelegramNotice(SQLModel, table=True):
    """One notice. The primary key makes a repeated event the same notice; `message_id` is set when it is composed."""

    __tablename__: ClassVar[str] = "telegram_notices"
    __table_args__ = (
        Index("ix_telegram_notices_waiting", "chat", "created_at", postgresql_where=text("message_id IS NULL")),
    )

    key: str = Field(primary_key=True, sa_type=Text, description="{invoice}:{revision}:telegram:{topic}")
    chat: str = Field(sa_type=Text, description="as the settings name it")
    topic: str = Field(sa_type=Text)
    notice: dict[str, Any] = Field(sa_type=JSONB)
    position: int = Field(sa_type=BigInteger, description="of the event in the feed")
    message_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="telegram_messages.id", index=True)
    created_at: datetime = database_now()


class TelegramChat(SQLModel, table=True):
    """What Telegram said about a chat of the settings: its new id, and why the bot cannot write to it."""

    __tablename__: ClassVar[str] = "telegram_chats"

    chat: str = Field(primary_key=True, sa_type=Text, description="as the settings name it")
    moved_to: str | None = Field(default=None, sa_type=Text, description="the supergroup that the group has become")
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reason: str | None = Field(default=None, sa_type=Text)
