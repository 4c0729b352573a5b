"""The webhooks in the OpenAPI document: what a receiver gets for each event type."""

from typing import Any, Final

from models.events.event_types import MEANINGS, EventType
from models.events.schemas import event_schema

REFERENCE: Final = "#/components/schemas/Event{model}"
HEADERS: Final = {
    "webhook-id": "the id of the event, the same for every attempt",
    "webhook-timestamp": "when this attempt was made, in seconds since 1970",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several during a rotation",
}


def add_to(document: dict[str, Any]) -> None:
    """Add the webhooks, and the schemas of their bodies."""
    document["webhooks"] = {each.value: {"post": _operation(each, document)} for each in EventType}


def _operation(event_type: EventType, document: dict[str, Any]) -> dict[str, Any]:
    body = event_schema(event_type, REFERENCE)
    for name, definition in body.pop("$defs").items():
        document["components"]["schemas"][f"Event{name}"] = definition
    del body["$schema"]
    return {
        "summary": MEANINGS[event_type],
        "tags": ["webhooks"],
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": said, "schema": {"type": "string"}}
            for name, said in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "The event was taken. Any other answer leads to another attempt."}},
    }
