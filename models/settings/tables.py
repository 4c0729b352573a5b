"""The tables of settings changes and of exchange rates."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Numeric,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now

# All changes of settings take this advisory lock, whoever makes them.
SETTINGS_LOCK = 7_309_630_524


class SettingsHistory(SQLModel, table=True):
    """Every change of a setting. A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "settings_history"
    __table_args__ = (Index(None, "area", "key", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = database_now()
    by: str = Field(sa_type=Text)
    area: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    reason: str | None = Field(default=None, sa_type=Text)


class ExchangeRateRow(SQLModel, table=True):
    """The exchange rates; the columns are the fields of ExchangeRateInput."""

    __tablename__: ClassVar[str] = "exchange_rates"
    __table_args__ = (
        CheckConstraint("rate > 0 AND units > 0", name="numbers"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    from_currency: str = Field(sa_type=Text)
    to_currency: str = Field(sa_type=Text)
    units: int
    rate: Decimal = Field(sa_type=Numeric(22, 10))
    source: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool
