"""A webhook endpoint: where another system receives which events."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from models.events.event_types import EventType
from models.events.webhooks.target import LONGEST_URL
from models.values.base_models import Strict
from models.values.typed_values import Flag, TypedMoment, Whole

ALL_EVENTS: Final = "*"
TEST_EVENT: Final = "webhook_endpoint.test"
"""The type of the event that a test call sends."""
MOST_ENDPOINTS: Final = 50
LONGEST_DESCRIPTION: Final = 500
LONGEST_OVERLAP_HOURS: Final = 168

Url = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_URL)]
Description = Annotated[str, StringConstraints(max_length=LONGEST_DESCRIPTION)]


def _known(types: tuple[str, ...]) -> tuple[str, ...]:
    """Return the types sorted and without repetitions. Raises ValueError if one is unknown."""
    if ALL_EVENTS in types:
        return (ALL_EVENTS,)
    unknown = sorted(set(types) - set(EventType))
    if unknown:
        raise ValueError(f"{unknown[0][:80]} is no event type; `*` means all of them")
    return tuple(sorted(set(types)))


EventTypes = Annotated[
    tuple[str, ...],
    Field(
        min_length=1,
        max_length=len(EventType) + 1,
        examples=[["invoice.approved", "invoice.paid"]],
        description="event types, or `*` for all of them",
        json_schema_extra={"items": {"type": "string", "enum": [ALL_EVENTS, *EventType]}},
    ),
    AfterValidator(_known),
]


class NewEndpoint(Strict):
    """An endpoint to be added."""

    url: Url = Field(examples=["https://erp.example.com/aktum"])
    description: Description = ""
    event_types: EventTypes = (ALL_EVENTS,)
    enabled: Flag = True


class EndpointChange(Strict):
    """A change of an endpoint. Only the given fields change."""

    url: Url | None = None
    description: Description | None = None
    event_types: EventTypes | None = None
    enabled: Flag | None = None


class Rotation(Strict):
    """A new secret. Deliveries carry signatures of both secrets until the overlap is over."""

    overlap_hours: Whole = Field(default=24, ge=0, le=LONGEST_OVERLAP_HOURS)


class Replay(Strict):
    """Deliveries to send again."""

    since: TypedMoment = Field(description="events that were recorded at or after this moment")
    only_failed: Flag = Field(default=True, description="false: every event since then, delivered or not")

    @field_validator("since")
    @classmethod
    def _is_a_moment(cls, since: datetime) -> datetime:
        if since.tzinfo is None:
            raise ValueError("must name its time zone: 2026-05-01T09:00:00Z")
        if since.year < 2000:
            raise ValueError("must not be before the year 2000")
        return since


class EndpointState(Strict):
    """What the settings history records of an endpoint. `secret_mark` tells one secret from another, and no more."""

    url: str
    description: str
    event_types: tuple[str, ...]
    enabled: bool
    disabled_reason: str | None = None
    secret_mark: str

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the state of a row of webhook_endpoints."""
        mark = hashlib.sha256(row.secret.encode()).hexdigest()[:8]
        fields = {name: getattr(row, name) for name in cls.model_fields if name != "secret_mark"}
        return cls.model_validate({**fields, "secret_mark": mark})


def wants(event_types: tuple[str, ...] | list[str], event_type: EventType) -> bool:
    """Return whether an endpoint with these types receives the event."""
    return ALL_EVENTS in event_types or event_type in event_types
