"""The tables of orders: the orders, their logs, the invoices that hold them, and the attachments."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import BY_CODE_POINT, MOMENT

ONE_LIVE_INVOICE = "ux_order_claims_live"
ONE_FILE_OF_AN_OWNER = "ux_attachments_file"


class OrderRow(SQLModel, table=True):
    """An order. `state` is the whole of it; the other columns select and sort."""

    __tablename__: ClassVar[str] = "orders"
    __table_args__ = (
        Index("ix_orders_created", "created_at", "order_key"),
        Index("ix_orders_partner", "partner_key", "status", "completed_at", "order_key"),
        Index("ix_orders_service_id", "service_id"),
        # The counts of the views read these indexes alone.
        Index("ix_orders_status", "status", "partner_key"),
        Index("ix_orders_blocked", "status", "partner_key", postgresql_where=text("is_blocked")),
        Index("ix_orders_without_invoice", "status", "partner_key", postgresql_where=text("invoice_id IS NULL")),
        Index("ix_orders_words", text("order_words(state)"), postgresql_using="gin"),
        Index("ix_orders_invoice", "invoice_id", postgresql_where=text("invoice_id IS NOT NULL")),
        Index(
            "ix_orders_ready",
            "partner_key",
            "order_key",
            postgresql_where=text("status = 'ReadyForInvoice' AND invoice_id IS NULL"),
        ),
    )

    order_key: str = Field(primary_key=True, sa_type=BY_CODE_POINT)
    source: str = Field(sa_type=Text)
    source_version: int
    partner_key: str = Field(sa_type=Text)
    service_id: str = Field(sa_type=Text)
    order_type: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    is_blocked: bool = Field(description="has an open blocker")
    invoice_id: str | None = Field(sa_type=Text)
    completed_at: datetime | None = Field(sa_type=MOMENT)
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)
    revision: int
    state: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.partners.orders.order.Order")


class OrderEventRow(SQLModel, table=True):
    """Every change of an order. A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "order_events"

    order_key: str = Field(primary_key=True, sa_type=BY_CODE_POINT, foreign_key="orders.order_key")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=MOMENT)
    event: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.audit.hash_chain.Event")


class OrderClaim(SQLModel, table=True):
    """The invoices that hold orders. The partial index lets one live invoice hold an order."""

    __tablename__: ClassVar[str] = "order_claims"
    __table_args__ = (
        Index(ONE_LIVE_INVOICE, "order_key", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("ix_order_claims_invoice", "invoice_id"),
    )

    order_key: str = Field(primary_key=True, sa_type=BY_CODE_POINT, foreign_key="orders.order_key")
    invoice_id: str = Field(primary_key=True, sa_type=Text)
    claimed_at: datetime = Field(sa_type=MOMENT)
    released_at: datetime | None = Field(default=None, sa_type=MOMENT)


class OrderEffect(SQLModel, table=True):
    """The receipts of the commands of invoices, by the key that identifies each."""

    __tablename__: ClassVar[str] = "order_effects"

    effect_key: str = Field(primary_key=True, sa_type=Text)
    step: str = Field(sa_type=Text)
    invoice_id: str = Field(sa_type=Text)
    receipt: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.partners.ports.OrdersChanged")


class AttachmentRow(SQLModel, table=True):
    """A file that belongs to an order or an invoice; its content is in the object store."""

    __tablename__: ClassVar[str] = "attachments"
    __table_args__ = (Index(ONE_FILE_OF_AN_OWNER, "owner_kind", "owner_key", "sha256", unique=True),)

    id: str = Field(primary_key=True, sa_type=Text)
    owner_kind: str = Field(sa_type=Text)
    owner_key: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)
    object_key: str = Field(sa_type=Text)
    uploaded_by: str = Field(sa_type=Text)
    uploaded_at: datetime = Field(sa_type=MOMENT)
