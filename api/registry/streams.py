"""Reads all matching invoices for a file, as they are at one moment."""

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import ColumnElement, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.registry.filters import SortedSelection
from api.registry.keyset import KEYS, order
from api.registry.queries import INVOICES, conditions, shown

BATCH = 1000


async def stream(
    connection: AsyncConnection, selection: SortedSelection, wanted: Sequence[ColumnElement[bool]] | None = None
) -> AsyncIterator[Sequence[RowMapping]]:
    """Yield all matching rows as they are at this moment, in batches that are fetched when they are needed.

    `wanted` are conditions in place of those of the selection.
    """
    key = KEYS[selection.sort]
    nulls_last = [INVOICES.c[key.columns[0]].is_(None)] if key.nullable else []
    in_order = order(INVOICES, selection, None)
    matching = conditions(selection) if wanted is None else wanted
    query = select(*shown(INVOICES)).where(*matching).order_by(*nulls_last, *in_order)
    async with connection.stream(query, execution_options={"yield_per": BATCH}) as found:
        async for batch in found.mappings().partitions():
            yield batch
