"""The webhooks as a consumer of the event feed: each event is stored for every endpoint that wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.client import Client

from activities.events.feed import EVENTS_AT_ONCE, events_after
from models.events.payloads import AnyRecordedEvent, public_events
from models.events.tables import FeedEntry, WebhookDelivery, WebhookEndpoint
from models.events.webhooks.endpoint import wants
from models.events.webhooks.ports import DELIVERY_WORKFLOW, WAKE, Lane

STARTED_AT_ONCE: Final = 200
# So often at the most a lane is woken for a delivery that still waits.
WOKEN_AGAIN_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True)
class WebhookConsumer:
    """Stores deliveries, and wakes the workflow of each lane that has some."""

    engine: AsyncEngine
    name: str = "webhooks"

    async def store(self, connection: AsyncConnection, events: Sequence[AnyRecordedEvent]) -> None:
        """Store the events for the enabled endpoints, which get what was recorded since they were enabled."""
        endpoint = WebhookEndpoint
        query = select(col(endpoint.id), col(endpoint.event_types), col(endpoint.after_entry))
        for row in (await connection.execute(query.where(col(endpoint.enabled)))).all():
            new = [event for event in events if event.entry > row.after_entry]
            await _store(connection, row.id, row.event_types, new)

    async def start_deliveries(self, temporal: Client) -> int:
        """Add what replays ask for, and wake the lanes whose deliveries nobody was told of; return their number.

        A lane that is woken twice looks twice. A delivery that is requested again meanwhile stays requested.
        """
        await self._add_replayed()
        await self._request_forgotten()
        delivery = WebhookDelivery
        columns = (delivery.id, delivery.endpoint_id, delivery.invoice_id, delivery.requested_at)
        query = select(*map(col, columns)).where(col(delivery.requested_at).is_not(None))
        async with self.engine.connect() as connection:
            found = (await connection.execute(query.order_by(col(delivery.id)).limit(STARTED_AT_ONCE))).all()
        lanes = {Lane(endpoint_id=row.endpoint_id, invoice_id=row.invoice_id) for row in found}
        for lane in sorted(lanes, key=lambda each: each.workflow_id):
            await temporal.start_workflow(
                DELIVERY_WORKFLOW,
                lane,
                id=lane.workflow_id,
                task_queue=activity.info().task_queue,
                start_signal=WAKE,
                static_summary="Webhooks of one invoice or quote to one endpoint, in order",
            )
        if found:
            async with self.engine.begin() as connection:
                for row in found:
                    told = (col(delivery.id) == row.id) & (col(delivery.requested_at) == row.requested_at)
                    await connection.execute(
                        update(delivery).where(told).values(requested_at=None, woken_at=func.now())
                    )
        return len(lanes)

    async def _request_forgotten(self) -> None:
        """Request what waits for long: an operator may have ended its workflow, or Temporal's data may be lost."""
        delivery = WebhookDelivery
        forgotten = (col(delivery.woken_at) < func.now() - WOKEN_AGAIN_AFTER) & col(delivery.requested_at).is_(None)
        async with self.engine.begin() as connection:
            waiting = update(delivery).where(col(delivery.state) == "pending", forgotten)
            await connection.execute(waiting.values(requested_at=func.now()))

    async def _add_replayed(self) -> None:
        """Store the events that endpoints ask for from an older time on, some at a time."""
        endpoint = WebhookEndpoint
        async with self.engine.begin() as connection:
            columns = (endpoint.id, endpoint.event_types, endpoint.replay_since, endpoint.replay_after)
            asking = select(*map(col, columns)).where(col(endpoint.replay_since).is_not(None), col(endpoint.enabled))
            for row in (await connection.execute(asking.with_for_update())).all():
                position = row.replay_after or await _position_before(connection, row.replay_since)
                events = await events_after(connection, position)
                await _store(connection, row.id, row.event_types, events)
                changes: dict[str, Any] = {"replay_since": None, "replay_after": 0}
                if len(events) == EVENTS_AT_ONCE:
                    changes = {"replay_after": events[-1].position}
                await connection.execute(update(endpoint).where(col(endpoint.id) == row.id).values(changes))


async def _store(
    connection: AsyncConnection, endpoint_id: str, event_types: list[str], events: Sequence[AnyRecordedEvent]
) -> None:
    """Store what the endpoint wants of these events and does not have yet."""
    rows: list[dict[str, Any]] = [
        {
            "endpoint_id": endpoint_id,
            "event_id": public.id,
            "event_type": public.type.value,
            "invoice_id": event.subject_id,
            "position": event.position,
            "body": public.body,
        }
        for event in events
        for public in public_events(event)
        if wants(event_types, public.type)
    ]
    if rows:
        await connection.execute(insert(WebhookDelivery).on_conflict_do_nothing(), rows)


async def _position_before(connection: AsyncConnection, since: object) -> int:
    first = select(func.min(col(FeedEntry.position))).where(col(FeedEntry.recorded_at) >= since)
    position = await connection.scalar(first)
    if position is None:
        return int(await connection.scalar(select(func.coalesce(func.max(col(FeedEntry.position)), 0))) or 0)
    return int(position) - 1
