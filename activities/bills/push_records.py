"""What PostgreSQL has of a bill that is pushed: the bill, its lines for the payload, and what became of the push."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, Update, func, literal, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from models.bills.bill import Bill, PushState
from models.bills.finance.bill_payload import GROUPINGS, LONGEST_NOTE, PushedLine
from models.bills.finance.payload import MOST_LINES
from models.bills.tables import BillLineRow, VendorBillRow
from models.values.failure_codes import Failure

Rows = Select[*tuple[Any, ...]]

_COLUMNS: Final[Mapping[str, ColumnElement[Any]]] = MappingProxyType(
    {
        "service": literal_column("service_name", Text),
        "project": literal_column("project_name", Text),
        "charge_category": literal_column("charge_category", Text),
    }
)


@dataclass(frozen=True)
class RecordedBill:
    """The newest version of a bill, and the last push that finance answered."""

    bill: Bill
    pushed_digest: str | None
    pushed_at: datetime | None
    finance_invoice_id: str | None


class PushRecords:
    """Reads bills and their lines, and records pushes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, bill_id: str) -> RecordedBill:
        """Return the bill. Raise BILL_NOT_FOUND, which is not retried."""
        table = VendorBillRow
        query = select(
            col(table.state), col(table.pushed_digest), col(table.pushed_to_finance_at), col(table.finance_invoice_id)
        ).where(col(table.id) == bill_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            message = f"There is no bill {bill_id}, so nothing is pushed to finance."
            raise ApplicationError(message, type=Failure.BILL_NOT_FOUND, non_retryable=True)
        return RecordedBill(Bill.model_validate(row[0]), row[1], row[2], row[3])

    async def lines(self, bill: Bill) -> tuple[list[PushedLine], tuple[str, ...]]:
        """Return the lines for the payload, and what they are summed by: nothing, unless the bill has too many."""
        of_bill = (col(BillLineRow.bill_id) == bill.id, col(BillLineRow.version) == bill.version)
        async with self._engine.connect() as connection:
            if not await _exceeds(connection, select(literal(1)).where(*of_bill)):
                return await _lines(connection, _each_line().where(*of_bill)), ()
            for grouping in GROUPINGS[:-1]:
                groups = select(*(_COLUMNS[name] for name in grouping)).where(*of_bill).distinct()
                if not await _exceeds(connection, groups):
                    return await _lines(connection, _sums(grouping).where(*of_bill)), grouping
            return await _lines(connection, _sums(GROUPINGS[-1]).where(*of_bill)), GROUPINGS[-1]

    async def record(self, bill: Bill, state: PushState, note: str | None = None) -> None:
        """Record the state of the push of this version. A bill that has a newer version meanwhile stays as it is."""
        async with self._engine.begin() as connection:
            await connection.execute(_change(bill, state, note))

    async def record_pushed(self, bill: Bill, digest: str, finance_invoice_id: str) -> datetime:
        """Record that finance has this content, and return when.

        Also a bill with a newer version keeps what finance answered, because the next push depends on it.
        """
        table = VendorBillRow
        pushed = {
            "pushed_digest": digest,
            "pushed_to_finance_at": func.now(),
            "finance_invoice_id": finance_invoice_id,
        }
        change = update(table).where(col(table.id) == bill.id).values(**pushed)
        async with self._engine.begin() as connection:
            answered = await connection.execute(change.returning(col(table.pushed_to_finance_at)))
            moment: datetime | None = answered.scalar_one()
            await connection.execute(_change(bill, PushState.PUSHED, None))
        assert moment is not None, "it was set"
        return moment


def _change(bill: Bill, state: PushState, note: str | None) -> Update:
    return (
        update(VendorBillRow)
        .where(col(VendorBillRow.id) == bill.id, col(VendorBillRow.version) == bill.version)
        .values(push_state=state.value, push_note=note[:LONGEST_NOTE] if note else None, updated_at=func.now())
    )


async def _exceeds(connection: AsyncConnection, rows: Rows) -> bool:
    """Return whether there are more rows than a payload takes lines; no more are counted."""
    limited = rows.limit(MOST_LINES + 1).subquery()
    found = await connection.scalar(select(func.count()).select_from(limited))
    return (found or 0) > MOST_LINES


async def _lines(connection: AsyncConnection, query: Rows) -> list[PushedLine]:
    return [PushedLine.model_validate(dict(row)) for row in (await connection.execute(query)).mappings()]


def _each_line() -> Rows:
    line = BillLineRow
    return select(
        col(line.line_key),
        col(line.service_name).label("service"),
        col(line.service_category),
        col(line.description),
        col(line.charge_category),
        col(line.quantity),
        col(line.unit),
        col(line.charge_period_start),
        col(line.charge_period_end),
        col(line.billed_cost).label("amount"),
        col(line.project_name).label("project"),
        col(line.resource_id),
    ).order_by(col(line.position))


def _sums(grouping: tuple[str, ...]) -> Rows:
    line = BillLineRow
    by = [_COLUMNS[name] for name in grouping]
    return (
        select(
            *(column.label(name) for name, column in zip(grouping, by, strict=True)),
            func.sum(col(line.billed_cost)).label("amount"),
            func.count().label("line_count"),
            func.min(col(line.charge_period_start)).label("charge_period_start"),
            func.max(col(line.charge_period_end)).label("charge_period_end"),
        )
        .group_by(*by)
        .order_by(*(column.collate("C") for column in by))
    )
