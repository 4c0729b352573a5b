"""The database tables of frozen contents and rendered documents."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    LargeBinary,
    Text,
)
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class FrozenContent(SQLModel, table=True):
    """The content of a finalised invoice, under the digest that an approval names. Rows never change."""

    __tablename__: ClassVar[str] = "frozen_contents"

    digest: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    display_number: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text, description="JSON text, kept exactly, because the digest was computed from it")
    created_at: datetime = database_now()


class StoredDocument(SQLModel, table=True):
    """A PDF under its SHA-256. Rows never change.

    Contents that print the same PDF share one row, which has the digest of the first of them.
    """

    __tablename__: ClassVar[str] = "documents"

    sha256: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    digest: str = Field(sa_type=Text, foreign_key="frozen_contents.digest")
    pages: int
    size: int
    pdf: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = database_now()
