"""Column types that the tables share, and the naming convention of constraints."""

from typing import Any

from sqlalchemy import (
    DateTime,
    Numeric,
    Text,
    func,
)
from sqlmodel import Field, SQLModel

# Constraints need the same names in every database, because migrations refer to them by name.
SQLModel.metadata.naming_convention = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

MONEY = Numeric(20, 4)  # no currency has more than four decimals
RATE = Numeric(18, 2)
HOURS = Numeric(10, 2)
FACTOR = Numeric(6, 3)
MOMENT = DateTime(timezone=True)
BY_CODE_POINT = Text(collation="C")


def database_now() -> Any:
    """Return a column whose default is the database's own time."""

    return Field(sa_type=MOMENT, sa_column_kwargs={"server_default": func.now()})
