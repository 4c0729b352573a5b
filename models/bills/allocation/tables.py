"""The tables of cost allocation: the rules, the rules that a bill was allocated by, and the allocations."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class AllocationRuleRow(SQLModel, table=True):
    """The rules; the first one that fits a line, by `position`, allocates its cost."""

    __tablename__: ClassVar[str] = "allocation_rules"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint("num_nonnulls(provider, tag, resource, service, project) > 0", name="condition"),
        CheckConstraint("tag_value IS NULL OR tag IS NOT NULL", name="tag"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    rule: str = Field(sa_type=Text)
    position: int
    provider: str | None = Field(sa_type=Text)
    tag: str | None = Field(sa_type=Text)
    tag_value: str | None = Field(sa_type=Text)
    resource: str | None = Field(sa_type=Text)
    service: str | None = Field(sa_type=Text)
    project: str | None = Field(sa_type=Text)
    shares: list[dict[str, Any]] = Field(sa_type=JSONB)
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class AllocationRun(SQLModel, table=True):
    """The rules that a version of a bill was allocated by, as they were then; the lines are traced by them."""

    __tablename__: ClassVar[str] = "cost_allocation_runs"

    bill_id: str = Field(primary_key=True, sa_type=Text, foreign_key="vendor_bills.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    run: int = Field(description="counts how often this version was allocated")
    rules: list[dict[str, Any]] = Field(sa_type=JSONB, description="models.bills.allocation.rule.AllocationRule")
    allocated_at: datetime = database_now()


class CostAllocationRow(SQLModel, table=True):
    """The cost of one service that goes to one target. The amounts of a version add up to the bill's net exactly.

    Its lines are those that the rule with `rule_position` allocates, of the service; without a position, those of no
    rule whose resource has the target as its contract or project, or none.
    """

    __tablename__: ClassVar[str] = "cost_allocations"
    __table_args__ = (
        CheckConstraint("target_kind IN ('contract', 'project', 'unallocated')", name="target_kind"),
        CheckConstraint("(target_kind = 'unallocated') = (target_key IS NULL)", name="target_key"),
        Index("ix_cost_allocations_target", "target_kind", "target_key"),
    )

    bill_id: str = Field(primary_key=True, sa_type=Text, foreign_key="vendor_bills.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    target_kind: str = Field(sa_type=Text)
    target_key: str | None = Field(sa_type=Text)
    source: str = Field(sa_type=Text, description="rule, resource or none")
    rule: str | None = Field(sa_type=Text)
    rule_position: int | None
    percent: Decimal = Field(sa_type=Numeric(7, 4))
    service: str = Field(sa_type=Text)
    amount: Decimal = Field(sa_type=Numeric())
    amount_minor: int = Field(sa_type=BigInteger)
    line_count: int = Field(sa_type=BigInteger)
