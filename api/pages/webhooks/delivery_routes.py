"""The page of one endpoint with its deliveries, a delivery, and the requests to send again."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import NowDep
from api.errors import ApiError
from api.events import deliveries, webhook_calls
from api.events.deps import DeliveryId
from api.events.schemas import DeliveryFilter, DeliveryState, EndpointView
from api.pages.forms.fields import body_of
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.lists import PER_PAGE, asked, chip
from api.pages.rendering import DeskDep, url_query
from api.pages.webhooks.deps import EndpointDep, MeansDep, typed_in
from api.pages.webhooks.webhook_forms import ADDRESS, LOOKS, MOST_FIELDS, STATES, replay_form
from api.settings.editing import writing
from api.uploads import UploadRoute
from models.events.event_types import MEANINGS
from models.events.webhooks.endpoint import ALL_EVENTS, Replay

router = APIRouter(prefix=ADDRESS + "/{endpoint_id}", include_in_schema=False, route_class=UploadRoute)

WHILE_PENDING = "every 3s"
DONE: Mapping[str, str] = MappingProxyType(
    {
        "changed": N_("The endpoint is changed."),
        "disabled": N_("The endpoint is disabled."),
        "enabled": N_("The endpoint is enabled."),
        "tested": N_("A test event is on its way; the list shows the answer."),
        "replayed": N_("The events are on their way again."),
    }
)


@router.get("")
async def endpoint_page(
    request: Request,
    desk: DeskDep,
    found: EndpointDep,
    means: MeansDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the endpoint and its deliveries, the newest first. The list polls while one of them waits."""
    address = f"{ADDRESS}/{found.id}"
    wanted = asked(request.query_params, DeliveryFilter, address, per_page={"per_page": PER_PAGE, "page": page})
    listed = None
    if not wanted.errors:
        listed = await webhook_calls.delivery_page(means.store, found.id, wanted.filters)
    rows, total = (listed.data, listed.meta.total) if listed else ([], 0)
    return desk.page(
        "webhooks/endpoint.html.j2",
        status=400 if wanted.errors else 200,
        endpoint=EndpointView.model_validate(found),
        address=address,
        meanings=MEANINGS,
        all_events=ALL_EVENTS,
        asked=wanted,
        errors=wanted.errors,
        chips=chip(desk, wanted, "state", N_("State"), STATES),
        rows=rows,
        total=total,
        states=STATES,
        looks=LOOKS,
        tabs=[(N_("All"), address, "state" not in wanted.given)]
        + [
            (text, address + url_query({"state": state.value}), wanted.given.get("state") == state.value)
            for state, text in STATES.items()
        ],
        polling=WHILE_PENDING if any(row.state is DeliveryState.PENDING for row in rows) else None,
        previous=address + url_query(wanted.with_(page=page - 1)) if page > 1 else None,
        next=address + url_query(wanted.with_(page=page + 1)) if page * PER_PAGE < total else None,
        done=DONE.get(done),
    )


@router.post("/test")
async def test(request: Request, found: EndpointDep, means: MeansDep, now: NowDep) -> Response:
    """Request a test call; a repeated form requests no second one."""
    mark = hashlib.sha256(form_key(await request.form(max_files=0, max_fields=MOST_FIELDS)).encode()).hexdigest()[:32]
    async with writing(means.store, means.admin) as transaction:
        await deliveries.request_test(transaction.connection, found.id, now, mark)
    return RedirectResponse(f"{ADDRESS}/{found.id}?done=tested", 303)


@router.get("/replay")
async def replay_page(desk: DeskDep, found: EndpointDep) -> Response:
    return form_response(desk, replay_form(found.id, found.url), {"only_failed": "true"})


@router.post("/replay")
async def replay(request: Request, desk: DeskDep, found: EndpointDep, means: MeansDep) -> Response:
    form = replay_form(found.id, found.url)
    typed, key, _ = await typed_in(request, desk, form)
    body, errors = body_of(Replay, typed.values)
    errors = {**errors, **typed.errors}
    if errors or not isinstance(body, Replay):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    try:
        await webhook_calls.replay(means.store, means.admin, found.id, body)
    except ApiError as refused:
        return refused_response(desk, form, typed.texts, key, refused)
    return RedirectResponse(f"{ADDRESS}/{found.id}?done=replayed", 303)


@router.get("/deliveries/{delivery_id}")
async def delivery_page(desk: DeskDep, found: EndpointDep, means: MeansDep, delivery_id: DeliveryId) -> Response:
    """Show one delivery with the body that every attempt sends."""
    one = await webhook_calls.one_delivery(means.store, found.id, delivery_id)
    return desk.page("webhooks/delivery.html.j2", endpoint=found, row=one, states=STATES, looks=LOOKS)


@router.post("/deliveries/{delivery_id}/replay")
async def replay_one(found: EndpointDep, means: MeansDep, delivery_id: DeliveryId) -> Response:
    await webhook_calls.replay_delivery(means.store, means.admin, found.id, delivery_id)
    return RedirectResponse(f"{ADDRESS}/{found.id}/deliveries/{delivery_id}", 303)
