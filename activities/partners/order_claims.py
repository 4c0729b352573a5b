"""The claims of invoices on orders: an order stands on at most one live invoice.

A partial unique index of the table enforces it (docs/specification/orders.md 3.6).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from activities.partners import order_rows
from models.partners.orders import invoice_steps
from models.partners.orders.errors import NotReady, OrderRefused, OrderUnknown
from models.partners.orders.invoice_steps import InvoiceStep
from models.partners.orders.log import Actor, Change
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.partners.orders.tables import OrderClaim, OrderEffect
from models.partners.ports import OrdersChanged, OrdersCommand
from models.partners.readiness import Obstacle, ObstacleCode, PartnerRules

_CLAIM: Final = text(
    """
    INSERT INTO order_claims (order_key, invoice_id, claimed_at)
    SELECT wanted.order_key, :invoice, :at FROM unnest(CAST(:orders AS text[])) AS wanted (order_key)
    ON CONFLICT (order_key, invoice_id) DO UPDATE SET claimed_at = excluded.claimed_at, released_at = NULL
    """
)
_RELEASE: Final = text(
    """
    UPDATE order_claims SET released_at = :at
    WHERE invoice_id = :invoice AND released_at IS NULL AND order_key = ANY(CAST(:orders AS text[]))
    """
)


async def claim(
    connection: AsyncConnection,
    order_keys: Sequence[str],
    invoice_id: str,
    rules: PartnerRules,
    now: datetime,
    partner_key: str | None = None,
) -> tuple[Order, ...]:
    """Put the orders on the invoice, and return them in the given order. A repetition changes nothing.

    The gate runs for each order under the lock of its row. With `partner_key` an order of another partner is an
    obstacle. Raises NotReady with every obstacle of every order, or OrderUnknown; then nothing is changed.
    """
    found = await _locked(connection, order_keys)
    changes: dict[str, Change] = {}
    refused: dict[str, tuple[Obstacle, ...]] = {}
    for key, order in found.items():
        result = invoice_steps.claim(order, rules, invoice_id, now)
        obstacles = _other_partner(order, partner_key) + (() if isinstance(result, Change) else result)
        if obstacles:
            refused[key] = obstacles
        elif isinstance(result, Change):
            changes[key] = result
    if refused:
        raise NotReady(refused)
    claimed = [key for key, change in changes.items() if change.events]
    if claimed:
        await order_rows.save(connection, list(changes.values()))
        await connection.execute(_CLAIM, {"invoice": invoice_id, "at": now, "orders": claimed})
    return tuple(changes[key].order for key in dict.fromkeys(order_keys))


async def release(
    connection: AsyncConnection,
    invoice_id: str,
    actor: Actor,
    now: datetime,
    reason: str,
    order_keys: Sequence[str] | None = None,
) -> tuple[Order, ...]:
    """Take the orders, or all orders, off an invoice that is not finalised, and return them. They stay ReadyForInvoice.

    A repetition changes nothing. Raises OrderRefused when one of them is invoiced already.
    """
    keys = await _claimed(connection, invoice_id) if order_keys is None else order_keys
    found = await _locked(connection, keys)
    held = [order for order in found.values() if order.invoice_id == invoice_id]
    for order in held:
        if order.status is not OrderStatus.READY_FOR_INVOICE:
            message = f"Order {order.order_key} is {order.status}; only an order that is not invoiced yet is taken off."
            raise OrderRefused(message)
    changes = [invoice_steps.release(order, actor, now, reason) for order in held]
    await order_rows.save(connection, changes)
    await _free(connection, invoice_id, [order.order_key for order in held], now)
    return tuple(change.order for change in changes)


async def move(connection: AsyncConnection, step: InvoiceStep, command: OrdersCommand) -> OrdersChanged:
    """Carry out a command of an invoice on its orders, and return the receipt. A repetition returns the same one.

    Raises OrderRefused, which names each order that is not on this invoice or has another status, or OrderUnknown.
    """
    found = await _locked(connection, command.order_keys)
    # The locks come first: of two requests with one key the second finds the receipt of the first.
    if receipt := await _receipt(connection, step, command):
        return receipt
    reasons = [invoice_steps.reason_refused(order, step, command.invoice_id) for order in found.values()]
    if refused := [reason for reason in reasons if reason]:
        raise OrderRefused(" ".join(refused[:50]) + (f" And {len(refused) - 50} more." if len(refused) > 50 else ""))
    changes = [invoice_steps.move(order, step, command) for order in found.values()]
    changed = [change for change in changes if change.events]
    await order_rows.save(connection, changed)
    if step is InvoiceStep.RETURN_TO_READY:
        await _free(connection, command.invoice_id, [change.order.order_key for change in changed], command.at)
    receipt = OrdersChanged(
        effect_key=command.effect_key, changed=len(changed), unchanged=len(changes) - len(changed), at=command.at
    )
    row = {
        "effect_key": command.effect_key,
        "step": step.value,
        "invoice_id": command.invoice_id,
        "receipt": receipt.model_dump(mode="json"),
    }
    await connection.execute(insert(OrderEffect).values(row))
    return receipt


async def _receipt(connection: AsyncConnection, step: InvoiceStep, command: OrdersCommand) -> OrdersChanged | None:
    columns = (col(OrderEffect.receipt), col(OrderEffect.step), col(OrderEffect.invoice_id))
    query = select(*columns).where(col(OrderEffect.effect_key) == command.effect_key)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    if (row.step, row.invoice_id) != (step.value, command.invoice_id):
        raise OrderRefused(f"The key {command.effect_key} was used for {row.step} of invoice {row.invoice_id}.")
    return OrdersChanged.model_validate(row.receipt)


async def _locked(connection: AsyncConnection, order_keys: Sequence[str]) -> dict[str, Order]:
    """Lock the orders and return them. Raises OrderUnknown."""
    found = await order_rows.locked(connection, order_keys)
    if unknown := [key for key in dict.fromkeys(order_keys) if key not in found]:
        raise OrderUnknown(*unknown)
    return found


async def _claimed(connection: AsyncConnection, invoice_id: str) -> Sequence[str]:
    live = col(OrderClaim.released_at).is_(None)
    query = select(col(OrderClaim.order_key)).where(col(OrderClaim.invoice_id) == invoice_id, live)
    return (await connection.scalars(query)).all()


async def _free(connection: AsyncConnection, invoice_id: str, order_keys: Sequence[str], at: datetime) -> None:
    if order_keys:
        await connection.execute(_RELEASE, {"invoice": invoice_id, "at": at, "orders": list(order_keys)})


def _other_partner(order: Order, partner_key: str | None) -> tuple[Obstacle, ...]:
    if partner_key is None or order.partner_key == partner_key:
        return ()
    message = f"The order belongs to the partner {order.partner_key}, not to {partner_key}."
    return (Obstacle(code=ObstacleCode.OTHER_PARTNER, message=message),)
