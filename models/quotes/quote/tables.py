"""The tables of quotes: the read model, the audit trail, the sent versions and their documents."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Computed, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, MONEY, database_now

# `search_words` is a database function of migrations 0003 and 0005. It removes case and accents.
SEARCHED = (
    "search_words(number, customer_name, coalesce(customer_key, ''), title, coalesce(application_key, ''), '{}'::jsonb)"
)


class QuoteRow(SQLModel, table=True):
    """One quote as lists show it. Only the activity `quotes.project` writes it, from the workflow's state."""

    __tablename__: ClassVar[str] = "quotes"
    __table_args__ = (
        Index(None, "created_at", "id"),
        Index(None, "status", "created_at", "id"),
        Index(None, "customer_key", "created_at", "id"),
        Index("ix_quotes_valid_until", "valid_until", "id", postgresql_where=text("status IN ('sent', 'viewed')")),
        Index("ix_quotes_blocked", "created_at", "id", postgresql_where=text("blocked")),
        Index("ix_quotes_application", "application_key", postgresql_where=text("application_key IS NOT NULL")),
        Index(None, "search", postgresql_using="gin"),
        Index(None, "number"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    workflow_id: str = Field(unique=True, sa_type=Text)
    status: str = Field(sa_type=Text)
    number: str | None = Field(sa_type=Text)
    version: int
    title: str = Field(sa_type=Text)
    customer_key: str | None = Field(sa_type=Text)
    customer_name: str = Field(sa_type=Text)
    application_key: str | None = Field(sa_type=Text, description="the contract that has its terms")
    currency: str = Field(sa_type=Text)
    net_amount: Decimal = Field(sa_type=MONEY)
    total_amount: Decimal = Field(sa_type=MONEY)
    issued_on: date
    valid_until: date
    sent_at: datetime | None = Field(sa_type=MOMENT)
    answered_at: datetime | None = Field(sa_type=MOMENT, description="accepted, declined or expired")
    converted: bool
    blocked: bool
    created_by: str = Field(sa_type=Text)
    revision: int
    state: dict[str, Any] = Field(sa_type=JSONB, description="the quote without its journal")
    created_at: datetime = Field(sa_type=MOMENT)
    updated_at: datetime = database_now()
    search: str = Field(sa_type=TSVECTOR, sa_column_args=[Computed(SEARCHED, persisted=True)])


class QuoteEventRow(SQLModel, table=True):
    """One event of the audit trail (models/audit/hash_chain.py). A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "quote_events"

    quote_id: str = Field(primary_key=True, sa_type=Text, foreign_key="quotes.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    event: dict[str, Any] = Field(sa_type=JSONB, description="the whole event, from which its hash can be computed")
    hash: str = Field(sa_type=Text)


class QuoteVersionRow(SQLModel, table=True):
    """A version as it was sent: its content and its PDF, which never change."""

    __tablename__: ClassVar[str] = "quote_versions"
    __table_args__ = (Index(None, "quote_id", "version"), Index(None, "sha256"))

    digest: str = Field(primary_key=True, sa_type=Text)
    quote_id: str = Field(sa_type=Text)
    version: int
    number: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text, description="JSON text, kept exactly, because the digest was computed from it")
    sha256: str = Field(sa_type=Text, description="of the PDF")
    pages: int
    size: int
    pdf: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = database_now()
