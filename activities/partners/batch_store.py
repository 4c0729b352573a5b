"""The batches in PostgreSQL: adding orders, taking one out, and closing (docs/specification/partner.md 6.6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col

from activities.partners import order_claims
from models.partners.batches.batch import Batch, BatchScope, new_batch, scope_of
from models.partners.batches.errors import BatchClosed, BatchUnknown, NotInBatch
from models.partners.batches.tables import BatchRow
from models.partners.order_type import OrderType
from models.partners.orders.log import Actor
from models.partners.orders.order import Order
from models.partners.orders.tables import OrderClaim
from models.partners.readiness import PartnerRules

_COLUMNS = tuple(BatchRow.metadata.tables["order_batches"].columns)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:scope, 0))")


@dataclass(frozen=True)
class BatchStore:
    engine: AsyncEngine

    async def add(
        self, connection: AsyncConnection, order: Order, rules: PartnerRules, zone: str, now: datetime
    ) -> Batch:
        """Put an order into the open batch of its partner, type and month, in the caller's transaction.

        The gate runs under the lock of the order. An order that is in a batch stays there. Raises
        NotReady with every obstacle.
        """
        if order.invoice_id is not None and (found := await _of_invoice(connection, order.invoice_id)):
            return found
        # Without a completion time the gate refuses the order, whatever its batch is.
        day = (order.completed_at or now).astimezone(ZoneInfo(zone)).date()
        batch = await _open_batch(connection, scope_of(order.partner_key, order.order_type, day), now)
        await order_claims.claim(
            connection, [order.order_key], batch.invoice_id, rules, now, partner_key=order.partner_key
        )
        return batch

    async def remove(self, key: str, order_key: str, actor: Actor, reason: str, now: datetime) -> Batch:
        """Take an order out of an open batch; it stays ReadyForInvoice.

        Raises BatchUnknown, BatchClosed or NotInBatch.
        """
        async with self.engine.begin() as connection:
            batch = await _locked(connection, key)
            _require_open(batch)
            if order_key not in await _orders_of(connection, batch):
                raise NotInBatch(key, order_key)
            await order_claims.release(connection, batch.invoice_id, actor, now, reason, [order_key])
        return batch

    async def close(self, key: str, by: str, now: datetime) -> tuple[Batch, tuple[str, ...]]:
        """Close a batch, and return it with its orders. One that is closed stays as it is. Raises BatchUnknown."""
        async with self.engine.begin() as connection:
            batch = await _locked(connection, key)
            if batch.is_open:
                batch = batch.model_copy(update={"closed_at": now, "closed_by": by})
                changed = update(BatchRow).where(col(BatchRow.key) == key)
                await connection.execute(changed.values(closed_at=now, closed_by=by))
            return batch, await _orders_of(connection, batch)

    async def read(self, key: str) -> tuple[Batch, tuple[str, ...]]:
        """Return a batch with the keys of its orders. Raises BatchUnknown."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(col(BatchRow.key) == key))).first()
            if row is None:
                raise BatchUnknown(key)
            batch = _batch(row)
            return batch, await _orders_of(connection, batch)

    async def page(
        self, *, partner_key: str | None = None, is_open: bool | None = None, limit: int
    ) -> list[tuple[Batch, int]]:
        """Return batches with the numbers of their orders, the newest first."""
        live = (col(OrderClaim.invoice_id) == col(BatchRow.invoice_id)) & col(OrderClaim.released_at).is_(None)
        orders = select(func.count()).select_from(OrderClaim).where(live).scalar_subquery()
        query = select(*_COLUMNS, orders.label("orders"))
        if partner_key is not None:
            query = query.where(col(BatchRow.partner_key) == partner_key)
        if is_open is not None:
            query = query.where(col(BatchRow.closed_at).is_(None) if is_open else col(BatchRow.closed_at).is_not(None))
        query = query.order_by(col(BatchRow.opened_at).desc(), col(BatchRow.key).desc()).limit(limit)
        async with self.engine.connect() as connection:
            return [(_batch(row), row.orders) for row in await connection.execute(query)]


async def _open_batch(connection: AsyncConnection, scope: BatchScope, now: datetime) -> Batch:
    """Return the open batch of the scope; the lock lets one transaction open the next one."""
    name = f"batch {scope.partner_key} {scope.order_type} {scope.month}"
    await connection.execute(_LOCK, {"scope": name})
    query = select(*_COLUMNS).where(
        col(BatchRow.partner_key) == scope.partner_key,
        col(BatchRow.order_type) == scope.order_type.value,
        col(BatchRow.month) == scope.month,
    )
    rows = (await connection.execute(query.order_by(col(BatchRow.number)))).all()
    if rows and rows[-1].closed_at is None:
        return _batch(rows[-1])
    batch = new_batch(scope, len(rows) + 1, now)
    await connection.execute(
        insert(BatchRow).values(
            key=batch.key,
            partner_key=scope.partner_key,
            order_type=scope.order_type.value,
            month=scope.month,
            number=batch.number,
            invoice_id=batch.invoice_id,
            opened_at=now,
        )
    )
    return batch


async def _locked(connection: AsyncConnection, key: str) -> Batch:
    row = (await connection.execute(select(*_COLUMNS).where(col(BatchRow.key) == key).with_for_update())).first()
    if row is None:
        raise BatchUnknown(key)
    batch = _batch(row)
    name = f"batch {batch.scope.partner_key} {batch.scope.order_type} {batch.scope.month}"
    await connection.execute(_LOCK, {"scope": name})
    return batch


async def _of_invoice(connection: AsyncConnection, invoice_id: str) -> Batch | None:
    """Return the batch with this invoice, if there is one."""
    query = select(*_COLUMNS).where(col(BatchRow.invoice_id) == invoice_id)
    row = (await connection.execute(query)).first()
    return _batch(row) if row else None


async def _orders_of(connection: AsyncConnection, batch: Batch) -> tuple[str, ...]:
    claimed = (col(OrderClaim.invoice_id) == batch.invoice_id) & col(OrderClaim.released_at).is_(None)
    keys = select(col(OrderClaim.order_key)).where(claimed).order_by(col(OrderClaim.order_key))
    return tuple(await connection.scalars(keys))


def _require_open(batch: Batch) -> None:
    if batch.closed_at is not None:
        raise BatchClosed(batch.key, batch.closed_at, batch.closed_by or "")


def _batch(row: Any) -> Batch:
    scope = BatchScope(partner_key=row.partner_key, order_type=OrderType(row.order_type), month=row.month)
    return Batch(
        key=row.key,
        scope=scope,
        number=row.number,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
