"""The rows before and after a place in a list whose order is a key; an index of the key finds each in one step."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, SQLColumnExpression, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

Beside = tuple[str | None, str | None]
"""The ids of the rows before and after; None at the ends of the list."""


def nearest(
    rows: Select[Any], key: Sequence[SQLColumnExpression[Any]], place: Sequence[Any] | None, *, ascending: bool
) -> Select[Any]:
    """Return the query for the row next to the place in this direction; for the first row when there is no place.

    `rows` selects the ids of the rows of the list, and the last column of `key` is the id.
    """
    if place is not None:
        row, bound = tuple_(*key), tuple_(*place)
        rows = rows.where(row > bound if ascending else row < bound)
    return rows.order_by(*(column.asc() if ascending else column.desc() for column in key)).limit(1)


async def beside(
    connection: AsyncConnection,
    rows: Select[Any],
    key: Sequence[SQLColumnExpression[Any]],
    place: Sequence[Any],
    *,
    descending: bool,
) -> Beside:
    """Return the ids of the rows before and after the place in a list that is read in this direction."""
    before = await connection.scalar(nearest(rows, key, place, ascending=descending))
    after = await connection.scalar(nearest(rows, key, place, ascending=not descending))
    return before, after
