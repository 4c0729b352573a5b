"""The tables of users, of their failed logins, of those who act for them, and of the keys of machines."""

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Index,
    Text,
    and_,
    any_,
    literal,
    text,
)
from sqlmodel import Field, SQLModel, col

from models.values.columns import MOMENT, database_now


class User(SQLModel, table=True):
    __tablename__: ClassVar[str] = "users"
    __table_args__ = (Index("ux_users_lower_username", text("lower(username)"), unique=True),)

    username: str = Field(primary_key=True, sa_type=Text)
    password_hash: str = Field(sa_type=Text, description="argon2id")
    role: str = Field(sa_type=Text)
    active: bool = Field(sa_column_kwargs={"server_default": text("true")})
    email: str | None = Field(default=None, sa_type=Text, description="for messages about what waits for the user")
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


class ApiKey(SQLModel, table=True):
    """A key with which a machine calls the API. A revoked key stays, because the audit trail names it."""

    __tablename__: ClassVar[str] = "api_keys"
    __table_args__ = (
        Index("ux_api_keys_hash", "key_hash", unique=True),
        Index("ux_api_keys_lower_name", text("lower(name)"), unique=True, postgresql_where=text("revoked_at IS NULL")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text, description="the beginning of the key, which may be shown")
    key_hash: str = Field(sa_type=Text, description="SHA-256 of the key")
    role: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text, foreign_key="users.username", description="its owner")
    created_at: datetime = database_now()
    expires_at: datetime = Field(sa_type=MOMENT)
    last_used_at: datetime | None = Field(default=None, sa_type=MOMENT)
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)


class CostAccessRow(SQLModel, table=True):
    """Who sees costs: one row, which is absent until an admin sets it."""

    __tablename__: ClassVar[str] = "cost_access"

    id: str = Field(primary_key=True, sa_type=Text)
    least_role: str = Field(sa_type=Text)


class Delegation(SQLModel, table=True):
    """Who may give some commands for another user, from one day to another. A revoked one stays."""

    __tablename__: ClassVar[str] = "delegations"
    __table_args__ = (Index(None, "delegate", "delegator"),)

    id: str = Field(primary_key=True, sa_type=Text)
    delegator: str = Field(sa_type=Text, foreign_key="users.username")
    delegate: str = Field(sa_type=Text, foreign_key="users.username")
    commands: list[str] = Field(sa_type=ARRAY(Text))
    valid_from: date
    valid_to: date = Field(description="the last day")
    reason: str | None = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = database_now()
    revoked_at: datetime | None = Field(default=None, sa_type=MOMENT)

    @classmethod
    def stands_on(cls, day: date) -> ColumnElement[bool]:
        """Return the condition that a delegation includes the day and is not revoked."""
        return and_(literal(day).between(col(cls.valid_from), col(cls.valid_to)), col(cls.revoked_at).is_(None))

    @classmethod
    def includes(cls, command: str) -> ColumnElement[bool]:
        """Return the condition that a delegation includes the command."""
        return literal(command) == any_(col(cls.commands))
