"""The tables of frozen contents and rendered documents."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    LargeBinary,
    Text,
)
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class FrozenContent(SQLModel, table=True):
    """What a finalised document says, by the digest that an approval names. Immutable."""

    __tablename__: ClassVar[str] = "frozen_contents"

    digest: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    display_number: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text, description="JSON, kept to the letter: the digest was computed from it")
    created_at: datetime = database_now()


class StoredDocument(SQLModel, table=True):
    """A PDF by its SHA-256. Immutable. Contents that print the same share one, under the first one's digest."""

    __tablename__: ClassVar[str] = "documents"

    sha256: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    digest: str = Field(sa_type=Text, foreign_key="frozen_contents.digest")
    pages: int
    size: int
    pdf: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = database_now()
