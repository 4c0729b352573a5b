"""The tables of cost rates, their assignments, and overhead rules."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, Numeric, Text
from sqlmodel import Field, SQLModel

from models.values.columns import HOURS, MONEY

PERCENT = Numeric(6, 2)


class CostRateTable(SQLModel, table=True):
    """The cost rates; the columns are the fields of models.quotes.rates.cost_rate.CostRateInput."""

    __tablename__: ClassVar[str] = "cost_rates"
    __table_args__ = (
        CheckConstraint(
            "least(gross, taxes_percent, taxes_amount, benefits_percent, benefits_amount) >= 0", name="costs"
        ),
        CheckConstraint("hours_per_month > 0 AND utilisation_percent > 0", name="hours"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    gross: Decimal = Field(sa_type=MONEY)
    taxes_percent: Decimal = Field(sa_type=PERCENT)
    taxes_amount: Decimal = Field(sa_type=MONEY)
    benefits_percent: Decimal = Field(sa_type=PERCENT)
    benefits_amount: Decimal = Field(sa_type=MONEY)
    hours_per_month: Decimal = Field(sa_type=HOURS)
    utilisation_percent: Decimal = Field(sa_type=PERCENT)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class CostAssignmentTable(SQLModel, table=True):
    """The assignments; the columns are the fields of models.quotes.rates.cost_assignment.CostAssignmentInput."""

    __tablename__: ClassVar[str] = "cost_assignments"
    __table_args__ = (
        CheckConstraint("num_nonnulls(role, grade) > 0", name="role"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    employee: str = Field(sa_type=Text)
    role: str | None = Field(default=None, sa_type=Text)
    grade: str | None = Field(default=None, sa_type=Text)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class OverheadRuleTable(SQLModel, table=True):
    """The overhead rules; the columns are the fields of models.quotes.rates.overhead_rule.OverheadRuleInput."""

    __tablename__: ClassVar[str] = "overhead_rules"
    __table_args__ = (
        CheckConstraint("percent > 0 OR amount > 0", name="numbers"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    percent: Decimal | None = Field(default=None, sa_type=PERCENT)
    amount: Decimal | None = Field(default=None, sa_type=MONEY)
    currency: str | None = Field(default=None, sa_type=Text)
    billable_hours: Decimal | None = Field(default=None, sa_type=HOURS)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool
