"""Routes of event types, webhook endpoints and deliveries (docs/specification/events.md 6)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import NowDep
from api.events import deliveries, endpoints, webhook_calls
from api.events.deps import DeliveryId, EndpointId, Reader, SealingDep, TargetRulesDep, WebhookAdministrator
from api.events.endpoints import EndpointStore
from api.events.schemas import (
    DeliveryFilter,
    DeliveryView,
    DeliveryWithBody,
    EndpointView,
    EndpointWithSecret,
    EventTypeView,
    Replayed,
)
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope, Page
from api.http.error_responses import errors
from api.settings.deps import SettingsStoreDep
from api.settings.editing import writing
from models.events.event_types import MEANINGS, EventType
from models.events.schemas import event_schema
from models.events.webhooks.endpoint import EndpointChange, NewEndpoint, Replay, Rotation

router = APIRouter(tags=["webhooks"], route_class=DecimalJsonRoute)

PATH = "/webhook-endpoints"
ONE = PATH + "/{endpoint_id}"
DELIVERIES = ONE + "/deliveries"


@router.get("/event-types", summary="List the event types", responses=errors(401, 403, 503))
async def list_event_types(_: Reader) -> Envelope[list[EventTypeView]]:
    """Returns each type with the JSON schema of its body."""
    found = [EventTypeView(type=each, meaning=MEANINGS[each], json_schema=event_schema(each)) for each in EventType]
    return Envelope(data=found)


@router.get(PATH, summary="List the webhook endpoints", responses=errors(401, 403, 503))
async def list_webhook_endpoints(store: SettingsStoreDep, _: WebhookAdministrator) -> Envelope[list[EndpointView]]:
    """Returns the newest first. Secrets are shown only when they are made."""
    async with store.reading() as connection:
        return Envelope(data=[EndpointView.model_validate(row) for row in await endpoints.endpoints(connection)])


@router.post(PATH, status_code=201, summary="Add a webhook endpoint", responses=errors(400, 401, 403, 503))
async def add_webhook_endpoint(
    body: NewEndpoint, store: SettingsStoreDep, admin: WebhookAdministrator, rules: TargetRulesDep, sealing: SealingDep
) -> Envelope[EndpointWithSecret]:
    """Returns the secret, this once only. The endpoint gets the events that are recorded from now on."""
    async with writing(store, admin) as transaction:
        row, secret = await EndpointStore(transaction, rules, sealing).add(body)
    return Envelope(data=_with_secret(row, secret))


@router.get(ONE, summary="Show a webhook endpoint", responses=errors(400, 401, 403, 404, 503))
async def get_webhook_endpoint(
    endpoint_id: EndpointId, store: SettingsStoreDep, _: WebhookAdministrator
) -> Envelope[EndpointView]:
    async with store.reading() as connection:
        return Envelope(data=EndpointView.model_validate(await webhook_calls.found(connection, endpoint_id)))


@router.patch(ONE, summary="Change a webhook endpoint", responses=errors(400, 401, 403, 404, 503))
async def change_webhook_endpoint(
    endpoint_id: EndpointId,
    body: EndpointChange,
    store: SettingsStoreDep,
    admin: WebhookAdministrator,
    rules: TargetRulesDep,
    sealing: SealingDep,
) -> Envelope[EndpointView]:
    """Changes the given fields. Disabling gives up what waits; enabled again, it gets what is recorded from then on."""
    return Envelope(data=await webhook_calls.change(store, admin, rules, sealing, endpoint_id, body))


@router.delete(ONE, status_code=204, summary="Remove a webhook endpoint", responses=errors(400, 401, 403, 404, 503))
async def remove_webhook_endpoint(
    endpoint_id: EndpointId,
    store: SettingsStoreDep,
    admin: WebhookAdministrator,
    rules: TargetRulesDep,
    sealing: SealingDep,
) -> None:
    """Removes the endpoint with its deliveries."""
    await webhook_calls.remove(store, admin, rules, sealing, endpoint_id)


@router.post(f"{ONE}/rotate-secret", summary="Make a new secret", responses=errors(400, 401, 403, 404, 503))
async def rotate_webhook_secret(
    endpoint_id: EndpointId,
    store: SettingsStoreDep,
    admin: WebhookAdministrator,
    rules: TargetRulesDep,
    sealing: SealingDep,
    now: NowDep,
    body: Rotation | None = None,
) -> Envelope[EndpointWithSecret]:
    """Returns the new secret, this once only. Deliveries carry signatures of both secrets during the overlap."""
    async with writing(store, admin) as transaction:
        before = await webhook_calls.found(transaction.connection, endpoint_id)
        row, secret = await EndpointStore(transaction, rules, sealing).rotate(before, body or Rotation(), now)
    return Envelope(data=_with_secret(row, secret))


@router.post(f"{ONE}/test", status_code=202, summary="Send a test event", responses=errors(400, 401, 403, 404, 503))
async def test_webhook_endpoint(
    endpoint_id: EndpointId, store: SettingsStoreDep, admin: WebhookAdministrator, now: NowDep
) -> Envelope[DeliveryView]:
    """Requests one attempt with the event `webhook_endpoint.test`, also to a disabled endpoint; the delivery tells the
    result."""
    async with writing(store, admin) as transaction:
        await webhook_calls.found(transaction.connection, endpoint_id)
        row = await deliveries.request_test(transaction.connection, endpoint_id, now)
    return Envelope(data=DeliveryView.model_validate(webhook_calls.shown(row)))


@router.post(
    f"{ONE}/replay", status_code=202, summary="Send events again", responses=errors(400, 401, 403, 404, 409, 503)
)
async def replay_webhook_deliveries(
    endpoint_id: EndpointId, body: Replay, store: SettingsStoreDep, admin: WebhookAdministrator
) -> Envelope[Replayed]:
    """Requests what failed since a time, or every event since then, with the ids that the events have."""
    return Envelope(data=Replayed(queued=await webhook_calls.replay(store, admin, endpoint_id, body)))


@router.get(DELIVERIES, summary="List the deliveries of an endpoint", responses=errors(400, 401, 403, 404, 503))
async def list_webhook_deliveries(
    endpoint_id: EndpointId,
    filters: Annotated[DeliveryFilter, Query()],
    store: SettingsStoreDep,
    _: WebhookAdministrator,
) -> Page[DeliveryView]:
    """Returns the newest first."""
    return await webhook_calls.delivery_page(store, endpoint_id, filters)


@router.get(DELIVERIES + "/{delivery_id}", summary="Show a delivery", responses=errors(400, 401, 403, 404, 503))
async def get_webhook_delivery(
    endpoint_id: EndpointId, delivery_id: DeliveryId, store: SettingsStoreDep, _: WebhookAdministrator
) -> Envelope[DeliveryWithBody]:
    """Returns the delivery with the body that every attempt sends."""
    return Envelope(data=await webhook_calls.one_delivery(store, endpoint_id, delivery_id))


@router.post(
    DELIVERIES + "/{delivery_id}/replay",
    status_code=202,
    summary="Send an event again",
    responses=errors(400, 401, 403, 404, 409, 503),
)
async def replay_webhook_delivery(
    endpoint_id: EndpointId, delivery_id: DeliveryId, store: SettingsStoreDep, admin: WebhookAdministrator
) -> Envelope[DeliveryView]:
    """Requests the delivery again, whatever became of it, with the same id and body. One that waits is sent at once."""
    return Envelope(data=await webhook_calls.replay_delivery(store, admin, endpoint_id, delivery_id))


def _with_secret(row: Any, secret: str) -> EndpointWithSecret:
    return EndpointWithSecret(**EndpointView.model_validate(row).model_dump(), secret=secret)
