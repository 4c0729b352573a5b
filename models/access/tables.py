"""The tables of users and of their failed logins."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    Index,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT


class User(SQLModel, table=True):
    __tablename__: ClassVar[str] = "users"
    __table_args__ = (Index("ux_users_lower_username", text("lower(username)"), unique=True),)

    username: str = Field(primary_key=True, sa_type=Text)
    password_hash: str = Field(sa_type=Text, description="argon2id")
    role: str = Field(sa_type=Text)
    active: bool = Field(sa_column_kwargs={"server_default": text("true")})
    session_epoch: int = Field(
        sa_column_kwargs={"server_default": text("0")},
        description="rises with a logout, a new password and each change of `active`; tokens of an older one are dead",
    )


class LoginFailures(SQLModel, table=True):
    """The failed logins of one name or address that still count. All API processes share them.

    The key is a digest, because people type passwords into the field of the name.
    """

    __tablename__: ClassVar[str] = "login_failures"
    __table_args__ = (Index(None, "forgiven_at"),)

    key: str = Field(primary_key=True, sa_type=Text)
    forgiven_at: datetime = Field(sa_type=MOMENT)
    retry_at: datetime = Field(sa_type=MOMENT)
