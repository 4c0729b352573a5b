"""Reads sums of vendor bills: by currency for a list, by month for a comparison, and all bills for a file."""

from collections.abc import AsyncGenerator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, RowMapping, and_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from api.bills.filters import BillFilter, MonthsQuery
from api.bills.repository import BATCH, BILLS, bill_conditions
from models.bills.allocation.tables import CostAllocationRow
from models.bills.bill import BillStatus
from models.bills.monthly_costs import MonthCost, MonthsBy
from models.values.currencies import Currency

ALLOCATIONS: Final = CostAllocationRow.metadata.tables[CostAllocationRow.__tablename__]


class BillFigures:
    """The reads. `exports` has its own connections, so that slow downloads leave the others free."""

    def __init__(self, engine: AsyncEngine, exports: AsyncEngine) -> None:
        self._engine = engine
        self._exports = exports

    async def sums(self, filters: BillFilter) -> Sequence[RowMapping]:
        """Return the sums of the bills that match, by currency."""
        amounts = ("net", "tax", "gross", "net_minor", "tax_minor", "gross_minor")
        sums = [func.sum(BILLS.c[name]).label(name) for name in amounts]
        query = select(BILLS.c.currency, func.count().label("bills"), *sums).where(*bill_conditions(filters))
        return await self._rows(query.group_by(BILLS.c.currency).order_by(BILLS.c.currency))

    async def providers(self) -> Sequence[str]:
        """Return the providers that have bills."""
        return [row["provider"] for row in await self._rows(select(BILLS.c.provider).distinct().order_by("provider"))]

    async def accounts(self) -> Sequence[str]:
        """Return the accounts that have bills."""
        return [row["account"] for row in await self._rows(select(BILLS.c.account).distinct().order_by("account"))]

    async def months(self, query: MonthsQuery, by: MonthsBy, first: date, last: date) -> list[MonthCost]:
        """Return the costs without tax from the first to the last day, of all bills that are not voided."""
        month = cast(func.date_trunc("month", BILLS.c.period_start), Date).label("month")
        count = func.count(BILLS.c.id.distinct()).label("bills")
        if by is MonthsBy.PROVIDER:
            columns = (BILLS.c.provider.label("name"), func.sum(BILLS.c.net).label("net"), count)
            source = select(BILLS.c.currency, month, *columns)
        else:
            newest = and_(ALLOCATIONS.c.bill_id == BILLS.c.id, ALLOCATIONS.c.version == BILLS.c.version)
            net = func.sum(func.coalesce(ALLOCATIONS.c.amount, BILLS.c.net)).label("net")
            source = select(BILLS.c.currency, month, ALLOCATIONS.c.service.label("name"), net, count).select_from(
                BILLS.outerjoin(ALLOCATIONS, newest)
            )
        conditions = _month_conditions(query, first, last)
        rows = await self._rows(source.where(*conditions).group_by(BILLS.c.currency, "month", "name"))
        return [
            MonthCost(Currency(row["currency"]), row["month"], row["name"], row["net"], row["bills"]) for row in rows
        ]

    async def all_bills(self, filters: BillFilter) -> AsyncGenerator[Sequence[RowMapping]]:
        """Yield all matching bills in batches, as they are at one moment."""
        columns = [column for column in BILLS.c if column.name != "state"]
        query = select(*columns).where(*bill_conditions(filters))
        query = query.order_by(BILLS.c.period_start.desc(), BILLS.c.id.desc())
        async with (
            self._exports.connect() as connection,
            connection.stream(query, execution_options={"yield_per": BATCH}) as found,
        ):
            async for batch in found.mappings().partitions():
                yield batch

    async def _rows(self, query: Any) -> Sequence[RowMapping]:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).mappings().all()


def _month_conditions(query: MonthsQuery, first: date, last: date) -> list[ColumnElement[bool]]:
    columns = BILLS.c
    found = [
        columns.status != BillStatus.VOIDED.value,
        columns.period_start >= first,
        columns.period_start <= last,
    ]
    given = {columns.provider: query.provider, columns.account: query.account, columns.currency: query.currency}
    return found + [column == value for column, value in given.items() if value is not None]
