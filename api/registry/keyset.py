"""Paging by keyset: the position that a cursor names, and the conditions that select the rows after it.

A page begins after the last row of the previous page. Rows that are added in between therefore shift nothing, and the
last page costs as much as the first. Rows that have no value in the sorted column come last in both orders. They need
an index range of their own, because an index has them at one end only.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import ColumnElement, FromClause, RowMapping, literal, tuple_

from api.errors import Invalid
from api.registry.filters import Order, Sort, SortedSelection
from models.values.money import Amount

FOREIGN_CURSOR = "is not from this list; read the first page without a cursor"
OTHER_CURSOR = "belongs to a list with other filters or another order; read the first page without a cursor"


@dataclass(frozen=True)
class Key:
    """The columns of an order; rows with equal values are ordered by id. Either all columns of a row are null or none.

    `values` validates the values of a cursor.
    """

    columns: tuple[str, ...]
    values: TypeAdapter[Any]
    nullable: bool = False


# The range of the column. PostgreSQL would raise an error for other values.
_Seq = Annotated[int, Field(ge=0, lt=2**31)]

# Numbers are ordered by series and sequence. As texts, ACT-10 would come before ACT-9.
KEYS: Mapping[Sort, Key] = MappingProxyType(
    {
        Sort.CREATED_AT: Key(("created_at",), TypeAdapter(tuple[AwareDatetime])),
        Sort.INVOICE_DATE: Key(("invoice_date",), TypeAdapter(tuple[date])),
        Sort.DUE_DATE: Key(("due_date",), TypeAdapter(tuple[date]), nullable=True),
        Sort.NUMBER: Key(("series", "seq"), TypeAdapter(tuple[str, _Seq]), nullable=True),
        Sort.CUSTOMER_NAME: Key(("customer_order",), TypeAdapter(tuple[str])),
        Sort.TOTAL_AMOUNT: Key(("total_amount",), TypeAdapter(tuple[Amount])),
        Sort.BALANCE: Key(("balance",), TypeAdapter(tuple[Amount])),
    }
)


class Position(BaseModel):
    """The position after a row with these values, or before it when `back` is true. The content of a cursor.

    `of` is the fingerprint of the list. `values` is None for a row whose key is null.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    back: bool
    values: tuple[Any, ...] | None
    id: str

    @classmethod
    def at(cls, row: RowMapping, selection: SortedSelection, *, back: bool) -> Self:
        values = tuple(row[name] for name in KEYS[selection.sort].columns)
        return cls(of=selection.fingerprint, back=back, values=None if None in values else values, id=row["id"])

    @property
    def cursor(self) -> str:
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str | None, selection: SortedSelection) -> Self | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        if cursor is None:
            return None
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            found = cls.model_validate_json(text)
            if found.of != selection.fingerprint:
                raise Invalid.at("cursor", OTHER_CURSOR)
            if rb"\u0000" in text:
                raise ValueError("PostgreSQL does not accept NUL characters")
            return found._typed(KEYS[selection.sort])
        except ValueError as error:
            raise Invalid.at("cursor", FOREIGN_CURSOR) from error

    def _typed(self, key: Key) -> Self:
        """Return the position with days, times and amounts in place of JSON's texts."""
        if self.values is None:
            if not key.nullable:
                raise ValueError("this key is never null")
            return self
        return self.model_copy(update={"values": key.values.validate_python(self.values)})


@dataclass(frozen=True, eq=False)
class IndexRange:
    """Rows that one index has in the wanted order, which is the order of the columns."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool
    conditions: tuple[ColumnElement[bool], ...] = ()

    def after(self, values: tuple[Any, ...]) -> "IndexRange":
        """Return the rows of this range that come after the row with these values."""
        bound = tuple_(*(literal(value, column.type) for value, column in zip(values, self.columns, strict=True)))
        row = tuple_(*self.columns)
        beyond = row < bound if self.descending else row > bound
        return IndexRange(self.columns, self.descending, (*self.conditions, beyond))


def index_ranges(source: FromClause, selection: SortedSelection, position: Position | None) -> list[IndexRange]:
    """Return the ranges that hold the rows after the position, in the order in which they are read."""
    key, descending = KEYS[selection.sort], descends(selection, position)
    columns = tuple(source.c[name] for name in key.columns)
    with_key = IndexRange((*columns, source.c.id), descending, (columns[0].is_not(None),) if key.nullable else ())
    without_key = IndexRange((source.c.id,), descending, (columns[0].is_(None),))
    ranges = [with_key, without_key] if key.nullable else [with_key]
    if position is None:
        return ranges
    if position.back:
        ranges.reverse()
    current = without_key if position.values is None else with_key
    values = (*(position.values or ()), position.id)
    return [current.after(values), *ranges[ranges.index(current) + 1 :]]


def order(source: FromClause, selection: SortedSelection, position: Position | None) -> list[ColumnElement[Any]]:
    """Return the order of the rows within one range. Rows whose key is null are ordered by id alone."""
    columns = tuple(source.c[name] for name in (*KEYS[selection.sort].columns, "id"))
    return [column.desc() if descends(selection, position) else column.asc() for column in columns]


def descends(selection: SortedSelection, position: Position | None) -> bool:
    """Return whether rows are read in descending order; reading back reverses the order of the list."""
    return (selection.order is Order.DESC) != (position is not None and position.back)
