"""The tables of the finance dashboard: the sums that triggers keep, and the daily snapshots."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import MONEY, database_now


class InvoiceMonth(SQLModel, table=True):
    """The invoices of each kind, currency and month of the invoice date: those that stand, and the rejected ones.

    Triggers keep the sums, in slots that a reader adds up, in the transaction of the writer.
    """

    __tablename__: ClassVar[str] = "invoice_months"

    kind: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    month: date = Field(primary_key=True)
    slot: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    issued: int
    issued_amount: Decimal = Field(sa_type=MONEY)
    paid_amount: Decimal = Field(sa_type=MONEY)
    rejected: int
    rejected_amount: Decimal = Field(sa_type=MONEY)


class CustomerMonth(SQLModel, table=True):
    """The same sums for each customer. Triggers keep them; only the invoices of partners have several slots."""

    __tablename__: ClassVar[str] = "customer_months"

    customer_key: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    month: date = Field(primary_key=True)
    slot: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    issued: int
    issued_amount: Decimal = Field(sa_type=MONEY)
    paid_amount: Decimal = Field(sa_type=MONEY)
    rejected: int
    rejected_amount: Decimal = Field(sa_type=MONEY)


class CustomerBalance(SQLModel, table=True):
    """All invoices of each customer, and those of them that await money. Triggers keep the sums."""

    __tablename__: ClassVar[str] = "customer_balances"

    customer_key: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    currency: str = Field(primary_key=True, sa_type=Text)
    slot: int = Field(primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False})
    invoices: int
    open_invoices: int
    balance: Decimal = Field(sa_type=MONEY)


class FinanceSnapshot(SQLModel, table=True):
    """The finance dashboard of one day. Only the activity `accounting.take_snapshot` writes it."""

    __tablename__: ClassVar[str] = "finance_snapshots"

    day: date = Field(primary_key=True)
    figures: dict[str, Any] = Field(sa_type=JSONB, description="models/accounting/finance_snapshot.py FinanceFigures")
    created_at: datetime = database_now()
