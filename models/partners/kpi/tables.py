"""The tables of KPI settings: the targets of jobs, and the rules of partners."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field, SQLModel

from models.values.columns import MONEY


class KpiTargetTable(SQLModel, table=True):
    """The targets; the columns are the fields of models.partners.kpi.target.KpiTargetInput."""

    __tablename__: ClassVar[str] = "kpi_targets"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    partner: str | None = Field(default=None, sa_type=Text, foreign_key="partners.key", index=True)
    order_type: str | None = Field(default=None, sa_type=Text)
    method: str | None = Field(default=None, sa_type=Text)
    minutes: int
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class KpiRuleTable(SQLModel, table=True):
    """The rules; the columns are the fields of models.partners.kpi.rule.KpiRuleInput."""

    __tablename__: ClassVar[str] = "kpi_rules"
    __table_args__ = (
        CheckConstraint("least(on_time_bonus, late_penalty, exceeded_penalty) >= 0", name="numbers"),
        CheckConstraint("valid_to >= valid_from", name="valid"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    partner: str = Field(sa_type=Text, foreign_key="partners.key", index=True)
    order_type: str | None = Field(default=None, sa_type=Text)
    unit: str = Field(sa_type=Text)
    on_time_bonus: Decimal = Field(sa_type=MONEY)
    late_penalty: Decimal = Field(sa_type=MONEY)
    exceeded_penalty: Decimal = Field(sa_type=MONEY)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool
