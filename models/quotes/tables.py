"""The table of saved calculations."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class SavedCalculation(SQLModel, table=True):
    """A calculation as it was when it was saved: the inputs, and the results with every rate that they used."""

    __tablename__: ClassVar[str] = "calculations"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    scenarios: list[dict[str, Any]] = Field(sa_type=JSONB)
    results: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = database_now()
