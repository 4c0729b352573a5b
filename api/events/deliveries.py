"""Reads the deliveries of an endpoint, and requests deliveries. The worker sends what is requested."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import ColumnElement, Update, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from api.events.schemas import DeliveryFilter
from models.events.tables import FeedEntry, WebhookDelivery, WebhookEndpoint
from models.events.webhooks.endpoint import TEST_EVENT, Replay

_TABLE: Final = WebhookDelivery.__table__  # type: ignore[attr-defined]


async def page(connection: AsyncConnection, endpoint_id: str, filters: DeliveryFilter) -> tuple[Sequence[Any], int]:
    """Return one page of the deliveries, the newest first, and their total number."""
    conditions: list[ColumnElement[bool]] = [_TABLE.c.endpoint_id == endpoint_id]
    if filters.state is not None:
        conditions.append(_TABLE.c.state == filters.state.value)
    newest = select(_TABLE).where(*conditions).order_by(_TABLE.c.id.desc())
    rows = (await connection.execute(newest.offset(filters.offset).limit(filters.per_page))).all()
    total = await connection.scalar(select(func.count()).select_from(_TABLE).where(*conditions))
    return rows, int(total or 0)


async def delivery(connection: AsyncConnection, endpoint_id: str, delivery_id: int) -> Any:
    """Return the delivery; None if the endpoint has none with this id."""
    this = (_TABLE.c.endpoint_id == endpoint_id) & (_TABLE.c.id == delivery_id)
    return (await connection.execute(select(_TABLE).where(this))).first()


async def request_test(connection: AsyncConnection, endpoint_id: str, now: datetime, mark: str | None = None) -> Any:
    """Request a test call; return its delivery. It is sent once, in a lane of its own; with a mark once for each."""
    event_id = f"evt_test_{mark or uuid4().hex}"
    known = (_TABLE.c.endpoint_id == endpoint_id) & (_TABLE.c.event_id == event_id)
    if found := (await connection.execute(select(_TABLE).where(known))).first():
        return found
    event = {
        "id": event_id,
        "type": TEST_EVENT,
        "timestamp": now.isoformat(),
        "data": {"endpoint_id": endpoint_id},
    }
    values = {
        "endpoint_id": endpoint_id,
        "event_id": event_id,
        "event_type": TEST_EVENT,
        "invoice_id": event_id,
        "position": 0,
        "body": json.dumps(event, separators=(",", ":")),
    }
    return (await connection.execute(insert(WebhookDelivery).values(values).returning(_TABLE))).one()


async def replay_one(connection: AsyncConnection, delivery_id: int) -> Any:
    """Request the delivery again, whatever became of it; return it."""
    again = _again().where(col(WebhookDelivery.id) == delivery_id).returning(_TABLE)
    return (await connection.execute(again)).one()


async def replay(connection: AsyncConnection, endpoint_id: str, wanted: Replay) -> int:
    """Request the deliveries of the events that were recorded since a time; return their number.

    If all events are wanted, the worker adds those that were never stored for this endpoint.
    """
    since = select(func.min(col(FeedEntry.position))).where(col(FeedEntry.recorded_at) >= wanted.since)
    first = await connection.scalar(since)
    if first is None:
        return 0
    states = ("failed",) if wanted.only_failed else ("failed", "delivered")
    again = _again().where(
        col(WebhookDelivery.endpoint_id) == endpoint_id,
        col(WebhookDelivery.event_type) != TEST_EVENT,
        col(WebhookDelivery.state).in_(states),
        col(WebhookDelivery.position) >= first,
    )
    queued = (await connection.execute(again)).rowcount
    if not wanted.only_failed:
        asked = update(WebhookEndpoint).where(col(WebhookEndpoint.id) == endpoint_id)
        await connection.execute(asked.values(replay_since=wanted.since, replay_after=0))
    return queued


def _again() -> Update:
    return update(WebhookDelivery).values(
        state="pending",
        requested_at=func.now(),
        attempts_before=col(WebhookDelivery.attempts),
        next_attempt_at=None,
        delivered_at=None,
    )
