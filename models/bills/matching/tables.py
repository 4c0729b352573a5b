"""The tables of resource matching: the resources, the matches of each bill, and what persons settled."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class CloudResourceRow(SQLModel, table=True):
    """The resources, each from a day on: what the provider calls it, and to whom it belongs."""

    __tablename__: ClassVar[str] = "cloud_resources"
    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="valid"),
        CheckConstraint("num_nonnulls(provider_resource_id, name) > 0", name="known_by"),
        Index("ix_cloud_resources_provider", "provider", "provider_resource_id"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    resource: str = Field(sa_type=Text, description="our own short name of the resource")
    provider: str = Field(sa_type=Text)
    provider_resource_id: str | None = Field(sa_type=Text)
    name: str | None = Field(sa_type=Text)
    size: str | None = Field(sa_type=Text)
    tags: dict[str, str] = Field(sa_type=JSONB)
    owner: str = Field(sa_type=Text)
    project: str | None = Field(sa_type=Text)
    client: str | None = Field(sa_type=Text)
    contract: str | None = Field(sa_type=Text, description="the contract that its cost is resold under")
    description: str = Field(sa_type=Text)
    valid_from: date
    valid_to: date | None
    active: bool


class SettledMatchRow(SQLModel, table=True):
    """What a person settled once and for all about a resource key of a provider."""

    __tablename__: ClassVar[str] = "settled_matches"
    __table_args__ = (
        CheckConstraint("outcome IN ('matched', 'shared', 'ignored')", name="outcome"),
        CheckConstraint("(outcome = 'matched') = (resource IS NOT NULL)", name="resource"),
    )

    provider: str = Field(primary_key=True, sa_type=Text)
    resource_key: str = Field(primary_key=True, sa_type=Text)
    outcome: str = Field(sa_type=Text)
    resource: str | None = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    settled_by: str = Field(sa_type=Text)
    settled_at: datetime = database_now()


class CostMatchRow(SQLModel, table=True):
    """The resource keys of a bill's version with their sums, without tax lines, and the resource of each."""

    __tablename__: ClassVar[str] = "cost_matches"
    __table_args__ = (
        CheckConstraint("outcome IN ('matched', 'shared', 'ignored', 'unmatched')", name="outcome"),
        CheckConstraint("(outcome = 'matched') = (resource IS NOT NULL)", name="resource"),
        CheckConstraint("confidence BETWEEN 0 AND 100", name="confidence"),
        Index("ix_cost_matches_key", "resource_key"),
        Index("ix_cost_matches_unmatched", "bill_id", "version", postgresql_where=text("outcome = 'unmatched'")),
    )

    bill_id: str = Field(primary_key=True, sa_type=Text, foreign_key="vendor_bills.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    resource_key: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    provider_resource_id: str | None = Field(sa_type=Text)
    name: str | None = Field(sa_type=Text)
    size: str | None = Field(sa_type=Text)
    service: str = Field(sa_type=Text, description="of one of its lines")
    sample: str = Field(sa_type=Text, description="the description of one of its lines")
    line_count: int = Field(sa_type=BigInteger)
    amount: Decimal = Field(sa_type=Numeric())
    outcome: str = Field(sa_type=Text)
    resource: str | None = Field(sa_type=Text)
    confidence: int
    reason: str = Field(sa_type=Text)
    candidates: list[dict[str, Any]] = Field(sa_type=JSONB, description="what it may be, while it is unmatched")
    resource_contract: str | None = Field(sa_type=Text, description="the resource's contract when it was matched")
    resource_project: str | None = Field(sa_type=Text)
    resource_tags: dict[str, str] = Field(sa_type=JSONB)


class BillAnomalies(SQLModel, table=True):
    """What is unusual about a version of a bill, compared with the month before."""

    __tablename__: ClassVar[str] = "bill_anomalies"

    bill_id: str = Field(primary_key=True, sa_type=Text, foreign_key="vendor_bills.id")
    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int
    report: dict[str, Any] = Field(sa_type=JSONB, description="JSON of models.bills.anomalies.AnomalyReport")
    found_at: datetime = database_now()
