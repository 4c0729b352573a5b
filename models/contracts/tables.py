"""The tables of contract settings."""

from datetime import date, time
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Index,
    Integer,
    Numeric,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import FACTOR, HOURS, MONEY, RATE


class ClientInvoiceConfig(SQLModel, table=True):
    """How contracts are invoiced; a contract without a row has the defaults of models/contracts/terms.py."""

    __tablename__: ClassVar[str] = "client_invoice_config"
    __table_args__ = (CheckConstraint("payment_days BETWEEN 0 AND 365", name="payment_days"),)

    application_key: str = Field(primary_key=True, sa_type=Text)
    series: str = Field(sa_type=Text, foreign_key="number_series.name")
    payment_days: int
    reminder_days: list[int] = Field(sa_type=ARRAY(Integer))
    channel: str | None = Field(sa_type=Text)
    recipients: list[str] = Field(sa_type=ARRAY(Text))
    cc: list[str] = Field(default=[], sa_type=ARRAY(Text), sa_column_kwargs={"server_default": text("'{}'")})
    bcc: list[str] = Field(default=[], sa_type=ARRAY(Text), sa_column_kwargs={"server_default": text("'{}'")})
    show_task_list: bool
    show_tracked_time: bool
    show_task_pricing: bool
    show_overtime: bool
    legal_text: str = Field(sa_type=Text)
    tax_treatment: str = Field(default="standard", sa_type=Text, sa_column_kwargs={"server_default": "standard"})
    tax_note: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    prices_include_tax: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    ikpu: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    ikpu_name: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    package_code: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    package_name: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    measure_id: int | None = None


class ContractRateRule(SQLModel, table=True):
    """The dated prices of contracts; the newest rule that is valid at a period's end applies."""

    __tablename__: ClassVar[str] = "contract_rate_rules"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="valid"),)

    application_key: str = Field(primary_key=True, sa_type=Text)
    valid_from: date = Field(primary_key=True)
    valid_to: date | None
    base_hourly_rate: Decimal = Field(sa_type=RATE)
    monthly_limit_hours: Decimal = Field(sa_type=HOURS)
    overtime_multiplier: Decimal = Field(sa_type=FACTOR)
    p1_p3_multiplier: Decimal = Field(sa_type=FACTOR)
    off_hours_multiplier: Decimal = Field(sa_type=FACTOR)
    p1_p3_off_hours_multiplier: Decimal = Field(sa_type=FACTOR)
    business_hours_start: time
    business_hours_end: time
    business_hours_tz: str = Field(sa_type=Text)
    weekend_days: list[int] = Field(sa_type=ARRAY(Integer))
    bill_base_when_empty: bool


class EmployeeExclusion(SQLModel, table=True):
    """The people whose work is not billed."""

    __tablename__: ClassVar[str] = "employee_exclusions"
    __table_args__ = (CheckConstraint("exclusion_type IN ('overhead_only', 'excluded')", name="type"),)

    account_id: str = Field(primary_key=True, sa_type=Text)
    exclusion_type: str = Field(sa_type=Text)
    note: str = Field(
        default="", sa_type=Text, sa_column_kwargs={"server_default": ""}, description="the person and the reason"
    )


class ProjectClassification(SQLModel, table=True):
    """The classes of project labels; a label without a row is billable."""

    __tablename__: ClassVar[str] = "project_classifications"
    __table_args__ = (CheckConstraint("classification IN ('billable', 'internal', 'overhead')", name="classification"),)

    label: str = Field(primary_key=True, sa_type=Text)
    classification: str = Field(sa_type=Text)


class ResaleRuleRow(SQLModel, table=True):
    """The contracts under which cloud cost is resold; the columns are the fields of ResaleRuleInput."""

    __tablename__: ClassVar[str] = "resale_rules"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint("margin_percent >= 0 AND minimum >= 0", name="numbers"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    contract: str = Field(sa_type=Text, index=True)
    margin_percent: Decimal = Field(sa_type=Numeric(6, 2))
    minimum: Decimal | None = Field(sa_type=MONEY)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class QuotedTermsRow(SQLModel, table=True):
    """What an accepted quote has agreed for a contract (models/contracts/quoted_terms.py). Rows never change.

    Of several with prices the one that began last counts.
    """

    __tablename__: ClassVar[str] = "quoted_terms"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="valid"),
        Index(None, "application_key", "valid_from"),
    )

    quote_id: str = Field(primary_key=True, sa_type=Text)
    application_key: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text)
    version: int
    valid_from: date
    valid_to: date
    has_prices: bool
    base_amount: Decimal | None = Field(sa_type=MONEY)
    lines: dict[str, str] = Field(sa_type=JSONB, description="rule, tier and multiplier -> id of the quote's line")
    replaces_base: bool
    places: dict[str, Any] = Field(
        default={},
        sa_type=JSONB,
        sa_column_kwargs={"server_default": text("'{}'")},
        description="id of the quote's line -> its printed number (QuotePlace)",
    )


class QuoteScheduleRow(SQLModel, table=True):
    """One entry of the schedule of an accepted quote. Rows never change; invoices claim them as they claim worklogs."""

    __tablename__: ClassVar[str] = "quote_schedule"
    __table_args__ = (Index(None, "application_key", "due_on"),)

    quote_id: str = Field(primary_key=True, sa_type=Text, foreign_key="quoted_terms.quote_id")
    entry_id: str = Field(primary_key=True, sa_type=Text)
    application_key: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    due_on: date
    parts: list[dict[str, Any]] = Field(sa_type=JSONB)
