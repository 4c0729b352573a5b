"""The webhook of Didox, which only shortens the wait of an invoice for a change of its document."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from api.deps import NowDep, StateDep
from api.errors import Invalid, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.http.validation_messages import field_errors, summary
from api.webhooks.repository import WebhookDeliveries, workflow_of
from api.webhooks.schemas import DidoxDelivery, Outcome, Received
from api.webhooks.signature import ID, SIGNATURE, TIMESTAMP, Delivery, verified
from models.invoice.acts.act import ActChange
from workflows.client.act_changes import report_change

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=DecimalJsonRoute)

DIDOX = "didox"
DOCUMENTED: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": DidoxDelivery.model_json_schema()}}},
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in (
            (ID, "the id of the delivery; one that was received before does nothing"),
            (TIMESTAMP, "when it was sent, in seconds since 1970; at most 5 minutes away from the present time"),
            (SIGNATURE, "`v1,` and the base64 of the HMAC-SHA256 over `id.timestamp.body`"),
        )
    ],
}


@router.post(
    "/didox",
    summary="A document has changed in Didox",
    status_code=HTTPStatus.ACCEPTED,
    responses=errors(400, 401, 404, 413, 503),
    openapi_extra=DOCUMENTED,
)
async def receive_didox(request: Request, state: StateDep, now: NowDep) -> Envelope[Received]:
    """The invoice of the document reads it in Didox at once. Nothing else in the body is believed. Without
    `AKTUM_DIDOX__WEBHOOK_SECRET` there is no such webhook."""
    secret = state.settings.didox.webhook_secret
    if secret is None:
        raise NotFound(f"There is nothing at {request.url.path}.")
    body = await request.body()
    delivery = verified(secret, request.headers, body, now)
    try:
        notice = DidoxDelivery.model_validate_json(body)
    except ValidationError as error:
        details = field_errors([{**each, "loc": ("body", *each["loc"])} for each in error.errors()], {})
        raise Invalid(summary(details), details) from error
    deliveries = WebhookDeliveries(state.engines.settings)
    async with deliveries.received(DIDOX, delivery.id, now) as connection:
        if connection is None:
            return Envelope(data=Received(outcome=Outcome.SEEN_BEFORE))
        workflow_id = await workflow_of(connection, notice.document_id)
        if workflow_id is None:
            return Envelope(data=Received(outcome=Outcome.UNKNOWN_DOCUMENT))
        told = await _tell(state, workflow_id, notice, delivery)
        return Envelope(data=Received(outcome=Outcome.TOLD if told else Outcome.ENDED))


async def _tell(state: StateDep, workflow_id: str, notice: DidoxDelivery, delivery: Delivery) -> bool:
    change = ActChange(document_id=notice.document_id.lower(), report=f"webhook {delivery.id}")
    return await report_change(await state.temporal.client(), workflow_id, change, state.update_timeout)
