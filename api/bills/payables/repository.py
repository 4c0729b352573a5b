"""The payables in PostgreSQL: lists, one payable with its log and lines, ageing, and the changes by people."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Join, Select, any_, case, func, insert, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from activities.database.neighbours import Beside, beside
from activities.database.word_search import found_first, has_words
from api.bills.payables.filters import PayablePosition, PayableSelection
from api.bills.payables.schemas import AgeingSum, PayableSum
from models.accounting.ageing import AGES, OLDEST
from models.audit.hash_chain import Event
from models.bills.finance.payload import ImportLine
from models.bills.finance.tables import PayableEventRow, PayableLineRow, PayableRow, VendorRow
from models.bills.payable import AnyPayableCommand, Payable, PayableActor, PayableChange, PayableStatus, apply
from models.bills.payable_errors import PayableUnknown
from models.values.currencies import Currency

_PAYABLES = PayableRow.metadata.tables["payables"]
_VENDORS = VendorRow.metadata.tables["vendors"]


class Payables:
    """Reads and changes payables. A change locks its row and appends to the log in the same transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, payable_id: str) -> Payable:
        """Return the payable. Raise PayableUnknown."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_query().where(_PAYABLES.c.id == payable_id))).mappings().first()
        if row is None:
            raise PayableUnknown(payable_id)
        return Payable.model_validate(dict(row))

    async def of_invoice(self, source: str, external_id: str) -> Payable | None:
        """Return the payable of a vendor's invoice, of several tenants' the newest one; None if there is none."""
        query = _query().where(_PAYABLES.c.source == source, _PAYABLES.c.external_id == external_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(_PAYABLES.c.imported_at.desc()).limit(1))
            row = rows.mappings().first()
        return Payable.model_validate(dict(row)) if row else None

    async def log(self, payable_id: str) -> list[Event]:
        """Return the events of the payable, the first one first."""
        query = select(col(PayableEventRow.event)).where(col(PayableEventRow.payable_id) == payable_id)
        async with self._engine.connect() as connection:
            events = await connection.scalars(query.order_by(col(PayableEventRow.seq)))
            return [Event.model_validate(event) for event in events]

    async def lines(self, payable_id: str, after: int, limit: int) -> list[tuple[int, ImportLine]]:
        """Return the lines after a position, with their positions."""
        line = PayableLineRow
        columns = PayableLineRow.metadata.tables["payable_lines"]
        query = (
            select(columns)
            .where(col(line.payable_id) == payable_id, col(line.position) > after)
            .order_by(col(line.position))
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [_line(dict(row)) for row in (await connection.execute(query)).mappings()]

    async def page(
        self, selection: PayableSelection, today: date, after: PayablePosition | None, limit: int
    ) -> Sequence[Payable]:
        """Return the payables after the position, those that are due first before the others."""
        query = _query().where(*payable_conditions(selection, today))
        key = (_PAYABLES.c.due_date, _PAYABLES.c.id)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(literal(after.due_date), literal(after.id)))
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(*key).limit(limit))).mappings()
            return [Payable.model_validate(dict(row)) for row in rows]

    async def beside(self, payable: Payable, selection: PayableSelection, today: date) -> Beside:
        """Return the ids of the payables before and after this one in the list, which it may have left."""
        rows = select(_PAYABLES.c.id).select_from(_joined()).where(*payable_conditions(selection, today))
        key = (_PAYABLES.c.due_date, _PAYABLES.c.id)
        async with self._engine.connect() as connection:
            return await beside(connection, rows, key, (payable.due_date, payable.id), descending=False)

    async def sums(self, selection: PayableSelection, today: date) -> list[PayableSum]:
        """Return the sums of the payables that match, by currency."""
        names = ("net_minor", "tax_minor", "gross_minor")
        sums = (func.sum(_PAYABLES.c[name]).label(name) for name in names)
        query = select(_PAYABLES.c.currency, func.count().label("payables"), *sums).select_from(_joined())
        query = query.where(*payable_conditions(selection, today)).group_by(_PAYABLES.c.currency).order_by("currency")
        async with self._engine.connect() as connection:
            return [PayableSum.of(dict(row)) for row in (await connection.execute(query)).mappings()]

    async def ageing(self, tenant_id: str | None, today: date) -> list[AgeingSum]:
        """Return what is unpaid by currency and by how late it is."""
        late = literal(today) - _PAYABLES.c.due_date
        bucket = case(*((late <= most, literal(age)) for age, most in AGES), else_=literal(OLDEST)).label("age")
        query = (
            select(
                _PAYABLES.c.currency,
                bucket,
                func.count().label("payables"),
                func.sum(_PAYABLES.c.gross_minor).label("gross_minor"),
            )
            .where(_PAYABLES.c.status != PayableStatus.PAID.value)
            .group_by(_PAYABLES.c.currency, bucket)
        )
        if tenant_id is not None:
            query = query.where(_PAYABLES.c.tenant_id == tenant_id)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [AgeingSum(Currency(row[0]), row[1], row[2], int(row[3])) for row in rows]

    async def change(
        self, payable_id: str, command: AnyPayableCommand, actor: PayableActor, now: datetime, today: date
    ) -> Payable:
        """Apply a command to the locked payable and return it. Raise what `apply` raises, and PayableUnknown."""
        async with self._engine.begin() as connection:
            payable = await locked(connection, _PAYABLES.c.id == payable_id)
            if payable is None:
                raise PayableUnknown(payable_id)
            change = apply(payable, command, actor, now, today)
            await save(connection, change)
            return change.payable


async def locked(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> Payable | None:
    """Lock the payable that fits and return it; None if there is none."""
    query = _query().where(*conditions).with_for_update(of=_PAYABLES)
    row = (await connection.execute(query)).mappings().first()
    return Payable.model_validate(dict(row)) if row else None


async def save(connection: AsyncConnection, change: PayableChange) -> None:
    """Write a locked payable that has changed, and its event."""
    values = content_of(change.payable)
    await connection.execute(update(PayableRow).where(_PAYABLES.c.id == change.payable.id).values(values))
    await append_event(connection, change)


async def append_event(connection: AsyncConnection, change: PayableChange) -> None:
    event = change.event
    if event is None:
        return
    row = {
        "payable_id": change.payable.id,
        "seq": event.seq,
        "at": event.at,
        "event": event.model_dump(mode="json"),
    }
    await connection.execute(insert(PayableEventRow).values(row))


def content_of(payable: Payable) -> dict[str, Any]:
    """Return the columns of a payable."""
    return {
        **payable.model_dump(exclude={"vendor"}),
        "currency": payable.currency.value,
        "status": payable.status.value,
        "lines_summed_by": list(payable.lines_summed_by),
    }


def _query() -> Select[Any]:
    return select(_PAYABLES, _VENDORS.c.name.label("vendor")).select_from(_joined())


def _joined() -> Join:
    return _PAYABLES.join(_VENDORS, _VENDORS.c.id == _PAYABLES.c.vendor_id)


def payable_conditions(selection: PayableSelection, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions of a list; a filter that is not set has none."""
    columns = _PAYABLES.c
    names = ("tenant_id", "vendor_id", "source", "external_id", "currency")
    found: list[ColumnElement[bool]] = [
        columns[name] == value for name in names if (value := getattr(selection, name)) is not None
    ]
    if selection.status:
        found.append(columns.status.in_([status.value for status in selection.status]))
    if selection.is_locked is not None:
        found.append(columns.lock_reason.is_not(None) if selection.is_locked else columns.lock_reason.is_(None))
    if selection.due_from is not None:
        found.append(columns.due_date >= selection.due_from)
    if selection.due_to is not None:
        found.append(columns.due_date <= selection.due_to)
    if selection.overdue is not None:
        is_overdue = (columns.status != PayableStatus.PAID.value) & (columns.due_date < today)
        found.append(is_overdue if selection.overdue else ~is_overdue)
    if selection.search is not None:
        words = func.payable_words(columns.external_number, columns.external_id, columns.source)
        named = select(_VENDORS.c.id).where(_VENDORS.c.name.icontains(selection.search, autoescape=True))
        of_vendor = columns.vendor_id == any_(func.array(named.scalar_subquery()))
        found.append(found_first(columns.id, has_words(words, selection.search), of_vendor))
    return found


def _line(row: dict[str, Any]) -> tuple[int, ImportLine]:
    fields = {name: row[name] for name in ImportLine.model_fields if name in row}
    fields |= {"group": row["product_group"], "start": row["starts_at"], "end": row["ends_at"]}
    return row["position"], ImportLine.model_validate(fields)
