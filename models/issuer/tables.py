"""The tables of the issuer: settings, number series and issued numbers."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now

ONE_DISPLAY_NUMBER = "uq_issued_numbers_display"
ONE_NUMBER_OF_A_SERIES = "pk_issued_numbers"


class NumberSeries(SQLModel, table=True):
    """The number series; only `records.take_number` raises the last number of one that never resets.

    A series that resets counts its issued numbers in each numbering period.

    A series without a `last_number` issues no numbers.
    """

    __tablename__: ClassVar[str] = "number_series"
    __table_args__ = (CheckConstraint("last_number >= 0", name="last_number"),)

    name: str = Field(primary_key=True, sa_type=Text)
    pattern: str = Field(sa_type=Text, description="e.g. ACT-{year}-{seq:04d}; see models/issuer/number_pattern.py")
    last_number: int | None
    reset: str = Field(default="never", sa_type=Text, sa_column_kwargs={"server_default": "never"})
    counted_in: str = Field(
        default="",
        sa_type=Text,
        sa_column_kwargs={"server_default": ""},
        description="the numbering period of `last_number`; of other periods only the issued numbers count",
    )


class IssuedNumber(SQLModel, table=True):
    """The issued numbers, one row each. A trigger rejects every change, so the table proves that there is no gap."""

    __tablename__: ClassVar[str] = "issued_numbers"

    series: str = Field(primary_key=True, sa_type=Text, foreign_key="number_series.name")
    period: str = Field(
        default="",
        primary_key=True,
        sa_type=Text,
        sa_column_kwargs={"server_default": ""},
        description="the numbering period; empty for a series that never resets",
    )
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    display: str = Field(unique=True, sa_type=Text)
    invoice_id: str = Field(unique=True, sa_type=Text)
    taken_at: datetime = database_now()


class IssuerRow(SQLModel, table=True):
    """The company that issues invoices, in one row."""

    __tablename__: ClassVar[str] = "issuer_settings"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    issuer: dict[str, Any] = Field(sa_type=JSONB, description="models.issuer.issuer.Issuer")
