"""The tables of vendor bills: files, their heads, bills, their versions and lines. The lines are written with COPY."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, database_now

EXACT = Numeric()  # all decimals of the file
ONE_BILL_OF_A_KEY = "ux_vendor_bills_key"


class BillFileRow(SQLModel, table=True):
    """The files that were read. The content is in the object store under `bills/{sha256}`."""

    __tablename__: ClassVar[str] = "bill_files"

    sha256: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    format: str = Field(sa_type=Text)
    refusal: str | None = Field(sa_type=Text, description="why the file holds no bill")
    lines_key: str | None = Field(sa_type=Text, description="of the normalised lines in the object store")
    account: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    rows: int = Field(sa_type=BigInteger)
    uploaded_by: str = Field(sa_type=Text)
    uploaded_at: datetime = database_now()
    hints: dict[str, Any] = Field(
        sa_type=JSONB,
        sa_column_kwargs={"server_default": text("'{}'")},
        description="JSON of models.bills.file_content.FileHints",
    )
    problems: list[dict[str, Any]] = Field(sa_type=JSONB)
    problem_count: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})


class BillHeadRow(SQLModel, table=True):
    """The bills of each file, and what became of each."""

    __tablename__: ClassVar[str] = "bill_file_heads"
    __table_args__ = (Index("ix_bill_file_heads_bill", "bill_id"),)

    file_sha256: str = Field(primary_key=True, sa_type=Text, foreign_key="bill_files.sha256")
    bill_no: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    provider: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    provider_invoice_id: str = Field(sa_type=Text)
    state: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.bills.file_content.BillHead")
    outcome: str | None = Field(sa_type=Text, description="created, corrected, unchanged or refused; null: not yet")
    note: str | None = Field(sa_type=Text, description="why nothing was written")
    bill_id: str | None = Field(sa_type=Text)
    version: int | None


class VendorBillRow(SQLModel, table=True):
    """The newest version of each bill. `state` is the whole of it; the other columns select and sort."""

    __tablename__: ClassVar[str] = "vendor_bills"
    __table_args__ = (
        CheckConstraint("gross = net + tax", name="gross"),
        CheckConstraint("gross_minor = net_minor + tax_minor", name="gross_minor"),
        Index(ONE_BILL_OF_A_KEY, "provider", "provider_invoice_id", unique=True),
        Index("ix_vendor_bills_period", "period_start", "id"),
        Index("ix_vendor_bills_file", "file_sha256"),
        Index(None, "number"),
        Index(None, "provider_invoice_id"),
        Index(
            "ix_vendor_bills_words",
            text("bill_words(number, issuer, provider_invoice_id, provider, account)"),
            postgresql_using="gin",
        ),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    provider: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    provider_invoice_id: str = Field(sa_type=Text)
    issuer: str = Field(sa_type=Text)
    number: str | None = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    period_start: date
    period_end: date
    issued_at: datetime | None = Field(sa_type=MOMENT)
    status: str = Field(sa_type=Text)
    version: int
    file_sha256: str = Field(sa_type=Text, foreign_key="bill_files.sha256")
    line_count: int = Field(sa_type=BigInteger)
    net: Decimal = Field(sa_type=EXACT)
    tax: Decimal = Field(sa_type=EXACT)
    gross: Decimal = Field(sa_type=EXACT)
    net_minor: int = Field(sa_type=BigInteger)
    tax_minor: int = Field(sa_type=BigInteger)
    gross_minor: int = Field(sa_type=BigInteger)
    adds_up: bool
    push_state: str = Field(sa_type=Text)
    push_note: str | None = Field(sa_type=Text, description="why it is held, skipped or failed")
    pushed_digest: str | None = Field(sa_type=Text, description="SHA-256 of the payload that finance has")
    pushed_to_finance_at: datetime | None = Field(sa_type=MOMENT)
    finance_invoice_id: str | None = Field(sa_type=Text)
    state: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.bills.bill.Bill")
    done_at: datetime | None = Field(sa_type=MOMENT, description="when all steps of the newest version were done")
    created_at: datetime = database_now()
    updated_at: datetime = database_now()


class BillVersionRow(SQLModel, table=True):
    """Every version of a bill, with what it changed."""

    __tablename__: ClassVar[str] = "vendor_bill_versions"

    bill_id: str = Field(primary_key=True, sa_type=Text, foreign_key="vendor_bills.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    file_sha256: str = Field(sa_type=Text)
    state: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.bills.bill.Bill")
    diff: dict[str, Any] | None = Field(sa_type=JSONB, description="what changed since the version before")
    created_at: datetime = database_now()


class BillLineRow(SQLModel, table=True):
    """The lines of each version; the columns are the fields of models.bills.cost_line.CostLine."""

    __tablename__: ClassVar[str] = "vendor_bill_lines"
    __table_args__ = (CheckConstraint("position > 0", name="position"),)

    bill_id: str = Field(primary_key=True, sa_type=Text)
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    line_key: str = Field(sa_type=Text)
    charge_category: str = Field(sa_type=Text)
    charge_class: str | None = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    billed_cost: Decimal = Field(sa_type=EXACT)
    effective_cost: Decimal | None = Field(sa_type=EXACT)
    list_cost: Decimal | None = Field(sa_type=EXACT)
    contracted_cost: Decimal | None = Field(sa_type=EXACT)
    quantity: Decimal | None = Field(sa_type=EXACT)
    unit: str | None = Field(sa_type=Text)
    charge_period_start: datetime | None = Field(sa_type=MOMENT)
    charge_period_end: datetime | None = Field(sa_type=MOMENT)
    provider_name: str | None = Field(sa_type=Text)
    publisher_name: str | None = Field(sa_type=Text)
    service_category: str | None = Field(sa_type=Text)
    service_name: str | None = Field(sa_type=Text)
    resource_id: str | None = Field(sa_type=Text)
    resource_name: str | None = Field(sa_type=Text)
    resource_type: str | None = Field(sa_type=Text)
    region: str | None = Field(sa_type=Text)
    sku_id: str | None = Field(sa_type=Text)
    sub_account_id: str | None = Field(sa_type=Text)
    sub_account_name: str | None = Field(sa_type=Text)
    project_name: str | None = Field(sa_type=Text)
    tags: dict[str, Any] | None = Field(sa_type=JSONB)
