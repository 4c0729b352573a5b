"""What the routes and the pages of webhooks do with endpoints and deliveries."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from activities.events.webhooks.sealing import Sealing
from api.access.deps import Actor
from api.errors import Conflict, NotFound
from api.events import deliveries, endpoints
from api.events.endpoints import EndpointStore
from api.events.schemas import DeliveryFilter, DeliveryView, DeliveryWithBody, EndpointView
from api.http.envelopes import ConflictDetails, Meta, Page
from api.settings.editing import writing
from api.settings.store import SettingsStore
from models.events.event_types import QUOTE_TYPES
from models.events.webhooks.endpoint import TEST_EVENT, EndpointChange, Replay
from models.events.webhooks.target import TargetRules


async def found(connection: AsyncConnection, endpoint_id: str) -> Any:
    """Return the row of the endpoint. Raise NotFound when there is none."""
    row = await endpoints.endpoint(connection, endpoint_id)
    if row is None:
        raise NotFound(f"There is no webhook endpoint {endpoint_id}.")
    return row


async def change(
    store: SettingsStore, admin: Actor, rules: TargetRules, sealing: Sealing, endpoint_id: str, body: EndpointChange
) -> EndpointView:
    """Change the given fields of the endpoint. Raise NotFound and Invalid."""
    async with writing(store, admin) as transaction:
        before = await found(transaction.connection, endpoint_id)
        row = await EndpointStore(transaction, rules, sealing).change(before, body)
    return EndpointView.model_validate(row)


async def remove(store: SettingsStore, admin: Actor, rules: TargetRules, sealing: Sealing, endpoint_id: str) -> None:
    """Remove the endpoint with its deliveries. Raise NotFound when there is none."""
    async with writing(store, admin) as transaction:
        before = await found(transaction.connection, endpoint_id)
        await EndpointStore(transaction, rules, sealing).remove(before)


async def replay(store: SettingsStore, admin: Actor, endpoint_id: str, body: Replay) -> int:
    """Request what was recorded since a time; return the number of deliveries. Raise NotFound and Conflict."""
    async with writing(store, admin) as transaction:
        _require_enabled(await found(transaction.connection, endpoint_id))
        return await deliveries.replay(transaction.connection, endpoint_id, body)


async def replay_delivery(store: SettingsStore, admin: Actor, endpoint_id: str, delivery_id: int) -> DeliveryView:
    """Request the delivery again, whatever became of it. Raise NotFound and Conflict."""
    async with writing(store, admin) as transaction:
        _require_enabled(await found(transaction.connection, endpoint_id))
        await _found_delivery(transaction.connection, endpoint_id, delivery_id)
        row = await deliveries.replay_one(transaction.connection, delivery_id)
    return DeliveryView.model_validate(shown(row))


async def delivery_page(store: SettingsStore, endpoint_id: str, filters: DeliveryFilter) -> Page[DeliveryView]:
    """Return one page of the deliveries of the endpoint, the newest first. Raise NotFound when there is none."""
    async with store.reading() as connection:
        await found(connection, endpoint_id)
        rows, total = await deliveries.page(connection, endpoint_id, filters)
    views = [DeliveryView.model_validate(shown(row)) for row in rows]
    return Page(data=views, meta=Meta(total=total, page=filters.page, per_page=filters.per_page))


async def one_delivery(store: SettingsStore, endpoint_id: str, delivery_id: int) -> DeliveryWithBody:
    """Return the delivery with its body. Raise NotFound when the endpoint has none with this id."""
    async with store.reading() as connection:
        row = await _found_delivery(connection, endpoint_id, delivery_id)
    return DeliveryWithBody.model_validate(shown(row))


def shown(row: Any) -> dict[str, Any]:
    """Return the fields of a delivery: it is of an invoice, of a quote, or of neither if it is a test call."""
    fields = dict(row._mapping)
    is_test = row.event_type == TEST_EVENT
    is_of_quote = row.event_type in QUOTE_TYPES
    return fields | {
        "invoice_id": None if is_test or is_of_quote else row.invoice_id,
        "quote_id": row.invoice_id if is_of_quote else None,
    }


async def _found_delivery(connection: AsyncConnection, endpoint_id: str, delivery_id: int) -> Any:
    row = await deliveries.delivery(connection, endpoint_id, delivery_id)
    if row is None:
        raise NotFound(f"The endpoint has no delivery {delivery_id}.")
    return row


def _require_enabled(row: Any) -> None:
    if not row.enabled:
        raise Conflict(
            "The endpoint is disabled; enable it first.", ConflictDetails(reason="EndpointDisabled", allowed=[])
        )
