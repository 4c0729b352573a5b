"""Reads lists of invoices from PostgreSQL: a page, the open items, a count, or all of them for a file."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.engine import EXPORTS, REGISTRY, create_engine
from api.http.neighbours import Neighbours
from api.registry import open_customers, open_items, queries, streams, views
from api.registry.filters import InvoiceFilter, Selection, SortedSelection
from api.registry.keyset import Position
from api.registry.neighbours import neighbours
from api.registry.open_filters import OpenCustomerFilter, OpenItemFilter, OpenSelection
from api.registry.queries import COUNTED_UP_TO, Listing, PageRequest, Total
from api.registry.schemas import CreditTotal, OpenCustomer, OpenTotal
from api.registry.views import CurrencyTotal, ViewCount
from models.accounting.ageing import days_late

OpenRow = Mapping[str, Any]


class Registry:
    """The list of invoices. `exports` has its own connections, so that slow downloads leave the others free."""

    def __init__(self, engine: AsyncEngine, exports: AsyncEngine) -> None:
        self._engine = engine
        self._exports = exports

    @classmethod
    def at(cls, url: str) -> "Registry":
        """Return the registry of the database at `url`; it connects when it is first used."""
        return cls(create_engine(url, REGISTRY), create_engine(url, EXPORTS))

    async def close(self) -> None:
        await self._engine.dispose()
        await self._exports.dispose()

    async def invoices(self, filters: InvoiceFilter) -> Listing:
        """Return one page of invoices. Raise Invalid when the cursor does not belong to this list."""
        position = Position.read(filters.cursor, filters)
        async with self._engine.connect() as connection:
            total = await queries.count(connection, filters)
            return await queries.page(
                connection, PageRequest(filters, filters.per_page, filters.offset, position), total
            )

    async def of_ids(self, ids: Sequence[str]) -> dict[str, RowMapping]:
        """Return the invoices with these ids as they are now, by id, without those that are not there."""
        query = select(*queries.shown(queries.INVOICES)).where(queries.INVOICES.c.id.in_(ids))
        async with self._engine.connect() as connection:
            return {row["id"]: row for row in (await connection.execute(query)).mappings()}

    async def open_items(
        self, filters: OpenItemFilter, today: date
    ) -> tuple[Listing, list[OpenTotal], list[CreditTotal]]:
        """Return one page of the open items, their sums by currency and age as of `today`, and the clients' credits."""
        selection = filters.selection
        position = Position.read(filters.cursor, selection)
        async with self._engine.connect() as connection:
            totals = await open_items.totals(connection, selection, today)
            total = open_items.count(totals)
            conditions = (open_items.AWAITS_MONEY, *open_items.of_ages(selection.age, today))
            page = PageRequest(selection, filters.per_page, filters.offset, position, conditions)
            listing = await queries.page(connection, page, total)
            return listing, totals, await open_items.credits(connection, selection)

    async def open_totals(self, selection: OpenSelection, today: date) -> list[OpenTotal]:
        """Return the sums of the selected open items by currency and age as of `today`."""
        async with self._engine.connect() as connection:
            return await open_items.totals(connection, selection, today)

    async def credits(self, selection: OpenSelection) -> list[CreditTotal]:
        """Return the clients' credits on the selected invoices, whatever their status, one total for each currency."""
        async with self._engine.connect() as connection:
            return await open_items.credits(connection, selection)

    async def open_customers(self, filters: OpenCustomerFilter, today: date) -> tuple[list[OpenCustomer], int]:
        """Return one page of the customers that owe money, by currency, and how many there are in all."""
        async with self._engine.connect() as connection:
            return await open_customers.customers(connection, filters, today)

    async def count(self, selection: Selection, up_to: int) -> Total:
        """Return how many invoices match, counting no further than `up_to`."""
        async with self._engine.connect() as connection:
            return await queries.count(connection, selection, up_to)

    async def views(self) -> list[ViewCount]:
        """Return how many invoices each view of the registry has."""
        async with self._engine.connect() as connection:
            return await views.view_counts(connection)

    async def totals(self, selection: Selection, *, of_all: bool = False) -> list[CurrencyTotal] | None:
        """Return the sums by currency of all matching invoices; None when more match than are counted.

        With `of_all` they are summed however many match, which takes about a second for a million.
        """
        async with self._engine.connect() as connection:
            if of_all:
                return await views.totals(connection, selection)
            found = await queries.count(connection, selection)
            if not found.exact or found.count > COUNTED_UP_TO:
                return None
            return await views.totals(connection, selection)

    async def neighbours(self, selection: SortedSelection, invoice_id: str) -> Neighbours | None:
        """Return the invoices before and after this one in the list; None if there is no such invoice."""
        async with self._engine.connect() as connection:
            return await neighbours(connection, selection, invoice_id)

    async def export(self, selection: SortedSelection) -> AsyncGenerator[Sequence[RowMapping]]:
        """Yield all matching invoices in batches, as they are at one moment."""
        async with self._exports.connect() as connection:
            async for batch in streams.stream(connection, selection):
                yield batch

    async def export_open(self, selection: OpenSelection, today: date) -> AsyncGenerator[Sequence[OpenRow]]:
        """Yield all open items that match in batches, as they are at one moment, each with its days late."""
        async with self._exports.connect() as connection:
            wanted = open_items.open_conditions(selection, today)
            async for batch in streams.stream(connection, selection, wanted):
                yield [{**row, "days_late": days_late(row["due_date"], today)} for row in batch]
