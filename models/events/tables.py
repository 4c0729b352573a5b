"""The tables of the event feed."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, database_now


class FeedEntry(SQLModel, table=True):
    """An event of the audit trail in the feed. A trigger on `invoice_events` adds it, in the same transaction.

    `entry` is taken while the transaction is open, so that it may become visible after a larger one. `position` is
    given afterwards, to committed entries only and by one transaction at a time: whoever reads up to a position has
    read everything before it, for ever.
    """

    __tablename__: ClassVar[str] = "event_feed"
    __table_args__ = (
        Index("ux_event_feed_position", "position", unique=True),
        Index("ix_event_feed_unpublished", "entry", postgresql_where=text("position IS NULL")),
        Index(None, "recorded_at", "entry"),
    )

    entry: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    position: int | None = Field(default=None, sa_type=BigInteger)
    invoice_id: str = Field(sa_type=Text)
    seq: int
    recorded_at: datetime = database_now()


class EventCursor(SQLModel, table=True):
    """How far a consumer has read the feed. It moves in the transaction that stores what the consumer delivers."""

    __tablename__: ClassVar[str] = "event_cursors"

    consumer: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(sa_type=BigInteger)
    moved_at: datetime = Field(sa_type=MOMENT)
