"""The tables of saved calculations and of the margins that are wanted."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.quotes.rates.tables import PERCENT
from models.values.columns import database_now


class SavedCalculation(SQLModel, table=True):
    """A calculation as it was when it was saved: the inputs, and the results with every rate that they used."""

    __tablename__: ClassVar[str] = "calculations"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    scenarios: list[dict[str, Any]] = Field(sa_type=JSONB)
    results: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = database_now()


class MarginTargetsRow(SQLModel, table=True):
    """The margins that are wanted: one row, which is absent until somebody sets them."""

    __tablename__: ClassVar[str] = "margin_targets"
    __table_args__ = (CheckConstraint("floor_percent BETWEEN 0 AND target_percent", name="order"),)

    id: str = Field(primary_key=True, sa_type=Text)
    floor_percent: Decimal = Field(sa_type=PERCENT)
    target_percent: Decimal = Field(sa_type=PERCENT)
