"""The invoices before and after one in a list, found by its place in the order, not by the page that it stood on."""

from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.neighbours import Neighbours
from api.registry import queries
from api.registry.filters import SortedSelection
from api.registry.keyset import KEYS, Position
from api.registry.queries import INVOICES, PageRequest


async def neighbours(connection: AsyncConnection, selection: SortedSelection, invoice_id: str) -> Neighbours | None:
    """Return the neighbours of the invoice in the list; None if there is no such invoice."""
    row = await _place(connection, selection, invoice_id)
    if row is None:
        return None
    total = await queries.count(connection, selection)
    found: dict[bool, Any] = {}
    for back in (True, False):
        request = PageRequest(selection, per_page=1, position=Position.at(row, selection, back=back))
        rows = (await queries.page(connection, request, total)).rows
        found[back] = rows[0]["id"] if rows else None
    return Neighbours(previous=found[True], next=found[False])


async def _place(connection: AsyncConnection, selection: SortedSelection, invoice_id: str) -> RowMapping | None:
    columns = [INVOICES.c[name] for name in ("id", *KEYS[selection.sort].columns)]
    query = select(*columns).where(INVOICES.c.id == invoice_id)
    return (await connection.execute(query)).mappings().first()
