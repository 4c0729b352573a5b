"""The JSON schema of each event type, as the API publishes it."""

from typing import Any

from models.events.event_types import EventType
from models.events.payloads import DATA


def event_schema(event_type: EventType, reference: str = "#/$defs/{model}") -> dict[str, Any]:
    """Return the JSON schema of the body that is sent for events of this type.

    `reference` is how the models of parts are referred to; they are in `$defs`.
    """
    data = DATA[event_type].model_json_schema(mode="serialization", ref_template=reference)
    definitions = data.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": event_type.value,
        "type": "object",
        "required": ["id", "type", "timestamp", "data"],
        "properties": {
            "id": {"type": "string", "pattern": "^evt_[0-9A-Za-z_]+$"},
            "type": {"const": event_type.value},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
        "$defs": definitions,
    }
