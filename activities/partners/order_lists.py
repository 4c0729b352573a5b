"""The queries of lists of orders: a stretch of a list, the counts of the views, and the log by request."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from activities.database.neighbours import nearest
from activities.database.word_search import found_first, has_words
from models.partners.orders.commands import REQUEST
from models.partners.orders.errors import OrderRefused
from models.partners.orders.selection import STRETCHES, VIEWS, OrderPosition, OrderSelection, OrderSort, OrderTab
from models.partners.orders.status import OrderStatus
from models.partners.orders.tables import OrderEventRow, OrderRow
from models.values.request_fingerprint import idempotency_key_of

# A word that more orders have is looked for in the order of the list, where it is met soon.
COMMON = 10_000
# The other views are sums of the counts by status, which one index holds.
_COUNTED_ALONE = (OrderTab.TO_INVOICE, OrderTab.BLOCKED)


async def has_common_words(connection: AsyncConnection, selection: OrderSelection) -> bool:
    """Return whether more than `COMMON` orders have the searched words."""
    if selection.q is None:
        return False
    found = select(literal(1)).select_from(OrderRow).where(_words(selection.q)).limit(COMMON + 1).subquery()
    return int(await connection.scalar(select(func.count()).select_from(found)) or 0) > COMMON


def _words(text: str) -> ColumnElement[bool]:
    return has_words(func.order_words(col(OrderRow.state)), text)


def stretch(
    selection: OrderSelection,
    statuses: Sequence[OrderStatus],
    after: OrderPosition | None,
    limit: int,
    *,
    is_common: bool = False,
) -> Select[Any]:
    """Return the query of the selected orders with these statuses after the position, the newest first."""
    query = select(col(OrderRow.state)).where(*conditions(selection, is_common=is_common), *_of_stretch(statuses))
    columns = (col(OrderRow.created_at), col(OrderRow.order_key))
    if after is not None:
        query = query.where(tuple_(*columns) < tuple_(after.created_at, after.order_key))
    return query.order_by(*(column.desc() for column in columns)).limit(limit)


async def next_to(
    connection: AsyncConnection, selection: OrderSelection, sort: OrderSort, place: OrderPosition, *, back: bool
) -> str | None:
    """Return the id of the selected order that comes after the place, or before it; None at the end of the list."""
    stretches = STRETCHES[sort]
    key = (col(OrderRow.created_at), col(OrderRow.order_key))
    is_common = await has_common_words(connection, selection)
    for n in range(place.stretch, -1, -1) if back else range(place.stretch, len(stretches)):
        wanted = (*conditions(selection, is_common=is_common), *_of_stretch(stretches[n]))
        rows = select(col(OrderRow.order_key)).where(*wanted)
        at = (place.created_at, place.order_key) if n == place.stretch else None
        found: str | None = await connection.scalar(nearest(rows, key, at, ascending=back))
        if found is not None:
            return found
    return None


def _of_stretch(statuses: Sequence[OrderStatus]) -> list[ColumnElement[bool]]:
    if len(statuses) == len(OrderStatus):
        return []
    return [col(OrderRow.status).in_([status.value for status in statuses])]


async def counts(connection: AsyncConnection, partner_key: str | None) -> dict[OrderTab, int]:
    """Return how many orders each view has, of one partner or of all."""
    of_partner = [col(OrderRow.partner_key) == partner_key] if partner_key is not None else []
    by_status = (
        select(col(OrderRow.status), func.count().label("orders")).where(*of_partner).group_by(col(OrderRow.status))
    )
    numbers = {row.status: row.orders for row in await connection.execute(by_status)}
    found = {}
    for view, selection in VIEWS.items():
        if view in _COUNTED_ALONE:
            alone = select(func.count()).select_from(OrderRow).where(*of_partner, *conditions(selection))
            found[view] = int(await connection.scalar(alone) or 0)
        else:
            wanted = selection.status or tuple(OrderStatus)
            found[view] = sum(numbers.get(status.value, 0) for status in wanted)
    return found


def conditions(selection: OrderSelection, *, is_common: bool = False) -> list[ColumnElement[bool]]:
    """Return the conditions of a list; a filter that is not set has none. `is_common` is of `has_common_words`."""
    names = ("partner_key", "order_type", "service_id", "invoice_id", "is_blocked")
    equal = {name: value for name in names if (value := getattr(selection, name)) is not None}
    found: list[ColumnElement[bool]] = [col(getattr(OrderRow, name)) == value for name, value in equal.items()]
    if selection.q is not None:
        words = _words(selection.q)
        found.append(words if is_common else found_first(col(OrderRow.order_key), words))
    if selection.status:
        found.append(col(OrderRow.status).in_([status.value for status in selection.status]))
    if selection.has_invoice is not None:
        column = col(OrderRow.invoice_id)
        found.append(column.is_not(None) if selection.has_invoice else column.is_(None))
    if selection.completed_from is not None:
        found.append(col(OrderRow.completed_at) >= selection.completed_from)
    if selection.completed_before is not None:
        found.append(col(OrderRow.completed_at) < selection.completed_before)
    return found


async def was_executed(connection: AsyncConnection, order_key: str, request: str) -> bool:
    """Return whether the log of the order holds the request. Raises OrderRefused if its key was used for another one.

    The order is locked, so that of two requests with one key the second finds the event of the first.
    """
    known = col(OrderEventRow.event)["details"][REQUEST].astext
    requests = await connection.scalars(select(known).where(col(OrderEventRow.order_key) == order_key))
    key = idempotency_key_of(request)
    found = [each for each in requests if each is not None and idempotency_key_of(each) == key]
    if found and request not in found:
        message = "This Idempotency-Key was used before for another request about this order. Send a new key."
        raise OrderRefused(message)
    return bool(found)
