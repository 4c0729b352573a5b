"""Paging by key: the place in an order that a cursor names, and the conditions that lead on from there.

A page begins behind the last row of the page before, wherever that row is by now; so rows that come in meanwhile shift
nothing, and the last page costs what the first one costs. Rows without the key that is sorted by come last in either
order, which takes a stretch of their own: one index can have them at one end only.
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

FOREIGN_CURSOR = "is none that this list gave; begin again without it"
OTHER_CURSOR = "belongs to a list with other filters or another order; begin again without it"


@dataclass(frozen=True)
class Key:
    """The columns that are sorted by, before the id. Of several, all are empty or none is."""

    columns: tuple[str, ...]
    values: TypeAdapter[Any]
    may_be_empty: bool = False


# What the column holds: of anything else PostgreSQL could make nothing.
_Seq = Annotated[int, Field(ge=0, lt=2**31)]

# Numbers in the order in which they were taken: as texts, ACT-10 would come before ACT-9.
KEYS: Mapping[Sort, Key] = MappingProxyType(
    {
        Sort.CREATED_AT: Key(("created_at",), TypeAdapter(tuple[AwareDatetime])),
        Sort.INVOICE_DATE: Key(("invoice_date",), TypeAdapter(tuple[date])),
        Sort.DUE_DATE: Key(("due_date",), TypeAdapter(tuple[date]), may_be_empty=True),
        Sort.NUMBER: Key(("series", "seq"), TypeAdapter(tuple[str, _Seq]), may_be_empty=True),
        Sort.CUSTOMER_NAME: Key(("customer_order",), TypeAdapter(tuple[str])),
        Sort.TOTAL_AMOUNT: Key(("total_amount",), TypeAdapter(tuple[Amount])),
    }
)


class Position(BaseModel):
    """Behind (or, going back, in front of) the row with these values; None: a row without the key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    of: str
    back: bool
    values: tuple[Any, ...] | None
    id: str

    @classmethod
    def at(cls, row: RowMapping, wanted: SortedSelection, *, back: bool) -> Self:
        values = tuple(row[name] for name in KEYS[wanted.sort].columns)
        return cls(of=wanted.fingerprint, back=back, values=None if None in values else values, id=row["id"])

    @property
    def cursor(self) -> str:
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str | None, wanted: SortedSelection) -> Self | None:
        if cursor is None:
            return None
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            found = cls.model_validate_json(text)
            if found.of != wanted.fingerprint:
                raise Invalid.at("cursor", OTHER_CURSOR)
            if rb"\u0000" in text:
                raise ValueError("PostgreSQL takes no NUL character")
            return found._typed(KEYS[wanted.sort])
        except ValueError as error:
            raise Invalid.at("cursor", FOREIGN_CURSOR) from error

    def _typed(self, key: Key) -> Self:
        """JSON has days, moments and amounts as texts."""
        if self.values is None:
            if not key.may_be_empty:
                raise ValueError("no row is without this key")
            return self
        return self.model_copy(update={"values": key.values.validate_python(self.values)})


@dataclass(frozen=True, eq=False)
class IndexRange:
    """Rows that one index has in the wanted order, which is that of the columns."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool
    conditions: tuple[ColumnElement[bool], ...] = ()

    def behind(self, values: tuple[Any, ...]) -> "IndexRange":
        place = tuple_(*(literal(value, column.type) for value, column in zip(values, self.columns, strict=True)))
        here = tuple_(*self.columns)
        beyond = here < place if self.descending else here > place
        return IndexRange(self.columns, self.descending, (*self.conditions, beyond))


def stretches(source: FromClause, wanted: SortedSelection, position: Position | None) -> list[IndexRange]:
    """In the order in which they are to be read; going back, that is from the end."""
    key, descending = KEYS[wanted.sort], descends(wanted, position)
    columns = tuple(source.c[name] for name in key.columns)
    with_key = IndexRange((*columns, source.c.id), descending, (columns[0].is_not(None),) if key.may_be_empty else ())
    without = IndexRange((source.c.id,), descending, (columns[0].is_(None),))
    found = [with_key, without] if key.may_be_empty else [with_key]
    if position is None:
        return found
    if position.back:
        found.reverse()
    begun = without if position.values is None else with_key
    place = (*(position.values or ()), position.id)
    return [begun.behind(place), *found[found.index(begun) + 1 :]]


def order(source: FromClause, wanted: SortedSelection, position: Position | None) -> list[ColumnElement[Any]]:
    """Of the rows of one stretch; those without the key differ in the id alone."""
    columns = tuple(source.c[name] for name in (*KEYS[wanted.sort].columns, "id"))
    return [column.desc() if descends(wanted, position) else column.asc() for column in columns]


def descends(wanted: SortedSelection, position: Position | None) -> bool:
    return (wanted.order is Order.DESC) != (position is not None and position.back)
