"""The table of batches."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT


class BatchRow(SQLModel, table=True):
    """A batch. The partial index lets one batch of a scope be open. Its orders are the claims of its invoice."""

    __tablename__: ClassVar[str] = "order_batches"
    __table_args__ = (
        Index(
            "ux_order_batches_open",
            "partner_key",
            "order_type",
            "month",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_order_batches_opened", "opened_at", "key"),
    )

    key: str = Field(primary_key=True, sa_type=Text)
    partner_key: str = Field(sa_type=Text)
    order_type: str = Field(sa_type=Text)
    month: date
    number: int
    invoice_id: str = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=MOMENT)
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    closed_by: str | None = Field(default=None, sa_type=Text)
