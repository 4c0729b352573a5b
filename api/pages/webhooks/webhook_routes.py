"""The pages of the webhook endpoints. A secret is shown once, in the answer to the form that made it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import NowDep
from api.errors import ApiError, Conflict
from api.events import endpoints, webhook_calls
from api.events.endpoints import EndpointStore
from api.events.schemas import EndpointView
from api.http.envelopes import ConflictDetails
from api.pages.forms.fields import body_of
from api.pages.forms.form_page import form_response, refused_response
from api.pages.rendering import DeskDep, url_query
from api.pages.webhooks.deps import EndpointDep, MeansDep, typed_in
from api.pages.webhooks.webhook_forms import (
    ADDRESS,
    NEW,
    change_form,
    disable_form,
    endpoint_id_of,
    remove_form,
    rotate_form,
)
from api.settings.editing import writing
from api.uploads import UploadRoute
from models.events.webhooks.endpoint import ALL_EVENTS, EndpointChange, EndpointState, NewEndpoint, Rotation

router = APIRouter(prefix=ADDRESS, include_in_schema=False, route_class=UploadRoute)

USUAL_OVERLAP = Rotation().overlap_hours


def page_of(endpoint_id: str, **query: Any) -> Response:
    """Return the redirect to the page of an endpoint."""
    return RedirectResponse(f"{ADDRESS}/{endpoint_id}{url_query(query)}", 303)


@router.get("")
async def endpoints_page(
    desk: DeskDep, means: MeansDep, removed: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    async with means.store.reading() as connection:
        rows = [EndpointView.model_validate(row) for row in await endpoints.endpoints(connection)]
    return desk.page("webhooks/endpoints.html.j2", rows=rows, all_events=ALL_EVENTS, removed=removed)


@router.get("/new")
async def new_page(desk: DeskDep, _: MeansDep) -> Response:
    return form_response(desk, NEW, {"event_types": ALL_EVENTS})


@router.post("/new")
async def add(request: Request, desk: DeskDep, means: MeansDep) -> Response:
    """Add an endpoint and show its secret. A repeated form shows the endpoint, but not the secret again."""
    typed, key, _ = await typed_in(request, desk, NEW)
    body, errors = body_of(NewEndpoint, typed.values)
    if not isinstance(body, NewEndpoint):
        return form_response(desk, NEW, typed.texts, status=400, key=key, errors=errors)
    endpoint_id = endpoint_id_of(key)
    try:
        async with writing(means.store, means.admin) as transaction:
            if await endpoints.endpoint(transaction.connection, endpoint_id) is not None:
                return page_of(endpoint_id)
            row, secret = await EndpointStore(transaction, means.rules, means.sealing).add(body, endpoint_id)
    except ApiError as refused:
        return refused_response(desk, NEW, typed.texts, key, refused)
    return desk.page("webhooks/secret.html.j2", endpoint=EndpointView.model_validate(row), secret=secret)


@router.get("/{endpoint_id}/change")
async def change_page(desk: DeskDep, found: EndpointDep) -> Response:
    texts = {"url": found.url, "description": found.description, "event_types": " ".join(found.event_types)}
    return form_response(desk, change_form(found.id), texts)


@router.post("/{endpoint_id}/change")
async def change(request: Request, desk: DeskDep, found: EndpointDep, means: MeansDep) -> Response:
    form = change_form(found.id)
    typed, key, _ = await typed_in(request, desk, form)
    body, errors = body_of(EndpointChange, {"description": "", **typed.values})
    if "url" not in typed.values:
        errors = {"url": "is required", **errors}
    if errors or not isinstance(body, EndpointChange):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    try:
        await webhook_calls.change(means.store, means.admin, means.rules, means.sealing, found.id, body)
    except ApiError as refused:
        return refused_response(desk, form, typed.texts, key, refused)
    return page_of(found.id, done="changed")


@router.get("/{endpoint_id}/rotate")
async def rotate_page(desk: DeskDep, found: EndpointDep) -> Response:
    texts = {"overlap_hours": str(USUAL_OVERLAP), "secret_mark": EndpointState.of(found).secret_mark}
    return form_response(desk, rotate_form(found.id, found.url), texts)


@router.post("/{endpoint_id}/rotate")
async def rotate(request: Request, desk: DeskDep, found: EndpointDep, means: MeansDep, now: NowDep) -> Response:
    """Make a new secret and show it. A repeated form is refused, because its secret is no longer the present one."""
    form = rotate_form(found.id, found.url)
    typed, key, _ = await typed_in(request, desk, form)
    hours = str(typed.values.get("overlap_hours", ""))
    body, errors = body_of(Rotation, {"overlap_hours": int(hours)} if hours.isdecimal() else {"overlap_hours": hours})
    if not isinstance(body, Rotation):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    try:
        async with writing(means.store, means.admin) as transaction:
            before = await endpoints.endpoint(transaction.connection, found.id)
            if before is None or EndpointState.of(before).secret_mark != typed.texts["secret_mark"]:
                raise Conflict(
                    "The secret has been changed since this form was opened, perhaps by this form; open the endpoint.",
                    ConflictDetails(reason="StaleVersion"),
                )
            row, secret = await EndpointStore(transaction, means.rules, means.sealing).rotate(before, body, now)
    except ApiError as refused:
        return refused_response(desk, form, typed.texts, key, refused)
    return desk.page("webhooks/secret.html.j2", endpoint=EndpointView.model_validate(row), secret=secret)


@router.get("/{endpoint_id}/disable")
async def disable_page(desk: DeskDep, found: EndpointDep) -> Response:
    return form_response(desk, disable_form(found.id, found.url), {})


@router.post("/{endpoint_id}/disable")
async def disable(found: EndpointDep, means: MeansDep) -> Response:
    body = EndpointChange(enabled=False)
    await webhook_calls.change(means.store, means.admin, means.rules, means.sealing, found.id, body)
    return page_of(found.id, done="disabled")


@router.post("/{endpoint_id}/enable")
async def enable(found: EndpointDep, means: MeansDep) -> Response:
    body = EndpointChange(enabled=True)
    await webhook_calls.change(means.store, means.admin, means.rules, means.sealing, found.id, body)
    return page_of(found.id, done="enabled")


@router.get("/{endpoint_id}/remove")
async def remove_page(desk: DeskDep, found: EndpointDep) -> Response:
    return form_response(desk, remove_form(found.id, found.url), {})


@router.post("/{endpoint_id}/remove")
async def remove(found: EndpointDep, means: MeansDep) -> Response:
    await webhook_calls.remove(means.store, means.admin, means.rules, means.sealing, found.id)
    return RedirectResponse(f"{ADDRESS}?removed=1", 303)
