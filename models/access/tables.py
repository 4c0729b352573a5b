"""The table of users."""

from typing import ClassVar

from sqlalchemy import (
    Text,
    text,
)
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    __tablename__: ClassVar[str] = "users"

    username: str = Field(primary_key=True, sa_type=Text)
    password_hash: str = Field(sa_type=Text, description="argon2id")
    role: str = Field(sa_type=Text)
    active: bool = Field(sa_column_kwargs={"server_default": text("true")})
