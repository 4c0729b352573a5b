"""The table of the revenue of partner invoices."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, MONEY, database_now


class RevenueRecognition(SQLModel, table=True):
    """The revenue of one partner invoice, recognised on the day of the payment that completed it.

    A payment that is taken back sets `reversed_at`; the next complete payment writes the row again.
    """

    __tablename__: ClassVar[str] = "revenue_recognitions"
    __table_args__ = (Index(None, "partner_key", "recognised_on"),)

    invoice_id: str = Field(primary_key=True, sa_type=Text)
    number: str = Field(sa_type=Text)
    partner_key: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=MONEY, description="without the tax")
    recognised_on: date
    effect_key: str = Field(sa_type=Text)
    reversed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    recorded_at: datetime = database_now()
