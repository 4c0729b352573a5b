"""The tables of partner settings: groups, partners, the rate card, installers and their rates."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Integer,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import MONEY


class PartnerGroupRow(SQLModel, table=True):
    """The groups of partners."""

    __tablename__: ClassVar[str] = "partner_groups"

    key: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)


class PartnerRow(SQLModel, table=True):
    """The partners; the columns are the fields of models.partners.settings.PartnerInput."""

    __tablename__: ClassVar[str] = "partners"
    __table_args__ = (CheckConstraint("payment_days BETWEEN 0 AND 365", name="payment_days"),)

    key: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    group: str | None = Field(default=None, sa_type=Text, foreign_key="partner_groups.key", index=True)
    billing_address: str = Field(sa_type=Text)
    contacts: list[dict[str, Any]] = Field(sa_type=JSONB)
    portal_url: str = Field(sa_type=Text)
    payment_days: int
    reminder_days: list[int] = Field(sa_type=ARRAY(Integer))
    order_types: list[str] = Field(sa_type=ARRAY(Text))
    requires_ttkt: bool
    requires_awo: bool
    invoice_format: str = Field(sa_type=Text)
    series: str = Field(sa_type=Text, foreign_key="number_series.name")
    needs_review: bool
    needs_submission_id: bool
    standby_port_needs_approval: bool
    splitter_needed_at_docket: bool
    language: str = Field(sa_type=Text)
    zone: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    tax_registration: str = Field(sa_type=Text)
    tax_code: str | None = Field(sa_type=Text)
    payment_instructions: str = Field(sa_type=Text)
    terms: str = Field(sa_type=Text)
    footer_note: str = Field(sa_type=Text)
    recognise_revenue_in_planfact: bool


class RateCardTable(SQLModel, table=True):
    """The rate card: the prices of partner invoices."""

    __tablename__: ClassVar[str] = "rate_card_rows"
    __table_args__ = (
        CheckConstraint('num_nonnulls(partner, "group") <= 1', name="owner"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    partner: str | None = Field(default=None, sa_type=Text, foreign_key="partners.key", index=True)
    group: str | None = Field(default=None, sa_type=Text, foreign_key="partner_groups.key", index=True)
    order_type: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    method: str | None = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=MONEY)
    currency: str = Field(sa_type=Text)
    tax_code: str | None = Field(sa_type=Text)
    department: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class InstallerRateTable(SQLModel, table=True):
    """The rates of installers, for payouts only: no invoice reads them."""

    __tablename__: ClassVar[str] = "installer_rates"
    __table_args__ = (
        CheckConstraint("num_nonnulls(installer, installer_type) = 1", name="owner"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("on_time_bonus >= 0 AND late_penalty BETWEEN 0 AND amount", name="adjustments"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    installer: str | None = Field(default=None, sa_type=Text)
    installer_type: str | None = Field(default=None, sa_type=Text)
    level: str | None = Field(default=None, sa_type=Text)
    on_time_bonus: Decimal = Field(sa_type=MONEY, sa_column_kwargs={"server_default": text("0")})
    late_penalty: Decimal = Field(sa_type=MONEY, sa_column_kwargs={"server_default": text("0")})
    order_type: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    method: str | None = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=MONEY)
    currency: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class InstallerTable(SQLModel, table=True):
    """The installers, each from a day on: how orders name them, their type and level. For payouts only."""

    __tablename__: ClassVar[str] = "installers"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="valid"),)

    id: str = Field(primary_key=True, sa_type=Text)
    installer: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    installer_type: str = Field(sa_type=Text)
    level: str | None = Field(default=None, sa_type=Text)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool
