"""The tables of the event feed and of the webhooks."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, database_now


class FeedEntry(SQLModel, table=True):
    """An event of an invoice or a quote in the feed. A trigger on the audit trail adds it, in the same transaction.

    `entry` is taken while the transaction is open, so that it may become visible after a larger one. `position` is
    given afterwards, to committed entries only and by one transaction at a time: whoever reads up to a position has
    read everything before it, for ever.
    """

    __tablename__: ClassVar[str] = "event_feed"
    __table_args__ = (
        CheckConstraint("num_nonnulls(invoice_id, quote_id) = 1", name="subject"),
        Index("ux_event_feed_position", "position", unique=True),
        Index("ix_event_feed_unpublished", "entry", postgresql_where=text("position IS NULL")),
        Index(None, "recorded_at", "entry"),
    )

    entry: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    position: int | None = Field(default=None, sa_type=BigInteger)
    invoice_id: str | None = Field(default=None, sa_type=Text)
    seq: int
    recorded_at: datetime = database_now()
    quote_id: str | None = Field(default=None, sa_type=Text)


class EventCursor(SQLModel, table=True):
    """How far a consumer has read the feed. It moves in the transaction that stores what the consumer delivers."""

    __tablename__: ClassVar[str] = "event_cursors"

    consumer: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(sa_type=BigInteger)
    moved_at: datetime = Field(sa_type=MOMENT)


class WebhookEndpoint(SQLModel, table=True):
    """An endpoint of another system. The secrets are encrypted if the installation has encryption keys."""

    __tablename__: ClassVar[str] = "webhook_endpoints"

    id: str = Field(primary_key=True, sa_type=Text)
    url: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    event_types: list[str] = Field(sa_type=ARRAY(Text))
    enabled: bool
    disabled_reason: str | None = Field(default=None, sa_type=Text, description="why Aktum disabled it")
    failing_since: datetime | None = Field(default=None, sa_type=MOMENT, description="of the first failure")
    secret: str = Field(sa_type=Text)
    old_secret: str | None = Field(default=None, sa_type=Text)
    old_secret_until: datetime | None = Field(default=None, sa_type=MOMENT)
    after_entry: int = Field(sa_type=BigInteger, description="the newest entry of the feed when it was enabled")
    replay_since: datetime | None = Field(default=None, sa_type=MOMENT, description="events since then are added")
    replay_after: int = Field(
        default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")}, description="the added positions"
    )
    created_by: str = Field(sa_type=Text)
    created_at: datetime = database_now()


class WebhookDelivery(SQLModel, table=True):
    """One event for one endpoint, with the exact body that every attempt sends.

    `requested_at` is set while nobody was told to deliver it. `attempts_before` are those before the last replay.
    """

    __tablename__: ClassVar[str] = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'delivered', 'failed')", name="state"),
        Index("ux_webhook_deliveries_event", "endpoint_id", "event_id", unique=True),
        Index(
            "ix_webhook_deliveries_pending",
            *("endpoint_id", "invoice_id", "position", "id"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_deliveries_requested", "id", postgresql_where=text("requested_at IS NOT NULL")),
        Index("ix_webhook_deliveries_woken", "woken_at", postgresql_where=text("state = 'pending'")),
        Index(None, "endpoint_id", "id"),
    )

    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    endpoint_id: str = Field(sa_type=Text, sa_column_args=[ForeignKey("webhook_endpoints.id", ondelete="CASCADE")])
    event_id: str = Field(sa_type=Text)
    event_type: str = Field(sa_type=Text)
    invoice_id: str = Field(sa_type=Text, description="of the lane: of an invoice or a quote; a test call has its own")
    position: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text, sa_column_kwargs={"server_default": "pending"})
    requested_at: datetime | None = Field(
        default=None, sa_type=MOMENT, sa_column_kwargs={"server_default": text("now()")}
    )
    woken_at: datetime | None = Field(default=None, sa_type=MOMENT, description="when the lane was last told of it")
    attempts: int = Field(sa_column_kwargs={"server_default": text("0")})
    attempts_before: int = Field(sa_column_kwargs={"server_default": text("0")})
    last_status: int | None
    last_error: str | None = Field(sa_type=Text)
    last_attempt_at: datetime | None = Field(sa_type=MOMENT)
    next_attempt_at: datetime | None = Field(sa_type=MOMENT)
    delivered_at: datetime | None = Field(sa_type=MOMENT)
    created_at: datetime = database_now()
