"""The table of the finance dashboard's daily snapshots."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class FinanceSnapshot(SQLModel, table=True):
    """The finance dashboard of one day. Only the activity `accounting.take_snapshot` writes it."""

    __tablename__: ClassVar[str] = "finance_snapshots"

    day: date = Field(primary_key=True)
    figures: dict[str, Any] = Field(sa_type=JSONB, description="models/accounting/finance_snapshot.py FinanceFigures")
    created_at: datetime = database_now()
