"""Reading and writing of many orders with few statements.

Rows are locked in the order of their keys, so that two transactions never wait for each other.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from sqlalchemy import ARRAY, Text, any_, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from models.partners.orders.log import Change
from models.partners.orders.order import Order
from models.partners.orders.tables import OrderRow
from models.values.typed_values import AS_RECORDED

AT_ONCE: Final = 1000  # rows of one statement

_INSERT: Final = text(
    """
    INSERT INTO orders SELECT * FROM jsonb_populate_recordset(CAST(NULL AS orders), CAST(:rows AS jsonb))
    ORDER BY order_key
    ON CONFLICT DO NOTHING RETURNING order_key
    """
)
_UPDATE: Final = text(
    """
    UPDATE orders SET source_version = new.source_version, partner_key = new.partner_key, service_id = new.service_id,
        order_type = new.order_type, status = new.status, is_blocked = new.is_blocked, invoice_id = new.invoice_id,
        completed_at = new.completed_at, updated_at = new.updated_at, revision = new.revision, state = new.state
    FROM jsonb_populate_recordset(CAST(NULL AS orders), CAST(:rows AS jsonb)) AS new
    WHERE orders.order_key = new.order_key
    """
)
_LOG: Final = text(
    "INSERT INTO order_events SELECT * FROM jsonb_populate_recordset(CAST(NULL AS order_events), CAST(:rows AS jsonb))"
)


def order_of(state: Mapping[str, Any]) -> Order:
    """Return the order of a stored state."""
    return Order.model_validate(state, context=AS_RECORDED)


async def locked(connection: AsyncConnection, order_keys: Iterable[str]) -> dict[str, Order]:
    """Lock the orders of these keys, and return those that exist."""
    wanted = any_(literal(sorted(set(order_keys)), ARRAY(Text)))
    query = select(col(OrderRow.order_key), col(OrderRow.state)).where(col(OrderRow.order_key) == wanted)
    rows = await connection.execute(query.order_by(col(OrderRow.order_key)).with_for_update())
    return {row.order_key: order_of(row.state) for row in rows}


async def insert_new(connection: AsyncConnection, changes: Sequence[Change]) -> set[str]:
    """Insert new orders with their logs, and return their keys. An order that exists meanwhile is left out."""
    inserted: set[str] = set()
    for part in _parts(changes):
        rows = await connection.execute(_INSERT, {"rows": _json(_row(each.order) for each in part)})
        inserted |= {row.order_key for row in rows}
    await _append_events(connection, [each for each in changes if each.order.order_key in inserted])
    return inserted


async def save(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """Write locked orders that have changed, and their new events."""
    changed = [each for each in changes if each.events]
    for part in _parts(changed):
        await connection.execute(_UPDATE, {"rows": _json(_row(each.order) for each in part)})
    await _append_events(connection, changed)


async def _append_events(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    rows = (
        {
            "order_key": change.order.order_key,
            "seq": event.seq,
            "at": event.at.isoformat(),
            "event": event.model_dump(mode="json"),
        }
        for change in changes
        for event in change.events
    )
    for part in _parts(rows):
        await connection.execute(_LOG, {"rows": _json(part)})


def _row(order: Order) -> dict[str, Any]:
    state = order.model_dump(mode="json")
    selected = (
        *("order_key", "source", "source_version", "partner_key", "service_id", "order_type", "status", "invoice_id"),
        *("completed_at", "created_at", "updated_at", "revision"),
    )
    return {**{name: state[name] for name in selected}, "is_blocked": bool(order.open_blockers), "state": state}


def _json(rows: Iterable[Any]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, separators=(",", ":"))


def _parts(rows: Iterable[Any]) -> Iterable[list[Any]]:
    each = iter(rows)
    while part := list(islice(each, AT_ONCE)):
        yield part
