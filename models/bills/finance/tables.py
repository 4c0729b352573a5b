"""The tables of the finance side: vendors, payables, their lines and their logs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT

EXACT = Numeric()  # all decimals of the payload
ONE_VENDOR_OF_A_NAME = "ux_vendors_name"
ONE_PAYABLE_OF_A_KEY = "ux_payables_key"


class VendorRow(SQLModel, table=True):
    """The vendors of each tenant. Names that differ in case only are one vendor."""

    __tablename__: ClassVar[str] = "vendors"
    __table_args__ = (Index(ONE_VENDOR_OF_A_NAME, "tenant_id", text("lower(name)"), unique=True),)

    id: str = Field(primary_key=True, sa_type=Text)
    tenant_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=MOMENT)


class PayableRow(SQLModel, table=True):
    """A received invoice. A tenant has one for each source and external id."""

    __tablename__: ClassVar[str] = "payables"
    __table_args__ = (
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross"),
        CheckConstraint("status IN ('received', 'approved', 'scheduled', 'paid')", name="status"),
        CheckConstraint("(status = 'paid') = (paid_on IS NOT NULL AND payment_reference IS NOT NULL)", name="paid"),
        CheckConstraint("(status = 'scheduled') <= (scheduled_for IS NOT NULL)", name="scheduled"),
        Index(ONE_PAYABLE_OF_A_KEY, "tenant_id", "source", "external_id", unique=True),
        Index("ix_payables_due", "due_date", "id"),
        Index("ix_payables_unpaid", "currency", "due_date", postgresql_where=text("status <> 'paid'")),
        Index("ix_payables_vendor", "vendor_id", "due_date", "id"),
        Index(None, "external_number"),
        Index(None, "external_id"),
        Index("ix_payables_words", text("payable_words(external_number, external_id, source)"), postgresql_using="gin"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    tenant_id: str = Field(sa_type=Text)
    vendor_id: str = Field(sa_type=Text, foreign_key="vendors.id")
    source: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    external_number: str | None = Field(sa_type=Text)
    version: int
    currency: str = Field(sa_type=Text)
    period_start: date
    period_end: date
    issued_at: datetime | None = Field(sa_type=MOMENT)
    due_date: date
    net_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(sa_type=BigInteger)
    gross_minor: int = Field(sa_type=BigInteger)
    line_count: int = Field(sa_type=BigInteger, description="lines of the bill; a payable line may sum many")
    lines_summed_by: list[str] = Field(sa_type=JSONB)
    content_digest: str = Field(sa_type=Text, description="SHA-256 of the payload that was imported last")
    imported_at: datetime = Field(sa_type=MOMENT)
    status: str = Field(sa_type=Text)
    approved_by: str | None = Field(sa_type=Text)
    scheduled_for: date | None
    paid_on: date | None
    payment_reference: str | None = Field(sa_type=Text)
    lock_reason: str | None = Field(sa_type=Text, description="NULL: not locked")
    revision: int
    chain: str = Field(sa_type=Text, description="the hash of the newest event")
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = Field(sa_type=MOMENT)


class PayableLineRow(SQLModel, table=True):
    """The lines of a payable, as they were imported last."""

    __tablename__: ClassVar[str] = "payable_lines"

    payable_id: str = Field(primary_key=True, sa_type=Text, foreign_key="payables.id")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    line_key: str = Field(sa_type=Text)
    product: str = Field(sa_type=Text)
    product_group: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    charge_category: str = Field(sa_type=Text)
    quantity: Decimal | None = Field(sa_type=EXACT)
    unit: str | None = Field(sa_type=Text)
    starts_at: datetime | None = Field(sa_type=MOMENT)
    ends_at: datetime | None = Field(sa_type=MOMENT)
    amount: Decimal = Field(sa_type=EXACT)
    amount_minor: int = Field(sa_type=BigInteger)
    project: str | None = Field(sa_type=Text)
    resource_id: str | None = Field(sa_type=Text)
    line_count: int = Field(sa_type=BigInteger)


class PayableEventRow(SQLModel, table=True):
    """Every change of a payable. A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "payable_events"

    payable_id: str = Field(primary_key=True, sa_type=Text, foreign_key="payables.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=MOMENT)
    event: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.audit.hash_chain.Event")
