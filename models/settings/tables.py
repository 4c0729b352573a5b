"""The table of settings changes."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Index,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.values.columns import database_now


class SettingsHistory(SQLModel, table=True):
    """Every change of a setting. A trigger refuses UPDATE, DELETE and TRUNCATE."""

    __tablename__: ClassVar[str] = "settings_history"
    __table_args__ = (Index(None, "area", "key", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    at: datetime = database_now()
    by: str = Field(sa_type=Text)
    area: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    reason: str | None = Field(default=None, sa_type=Text)
