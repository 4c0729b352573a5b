"""Response schemas of event types, webhook endpoints and deliveries."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.http.parameters import Paging


class EventTypeView(BaseModel):
    model_config = ConfigDict(protected_namespaces=())

    type: str
    meaning: str
    json_schema: dict[str, Any] = Field(description="of the body that is sent")


class EndpointView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    url: str
    description: str
    event_types: list[str]
    enabled: bool
    disabled_reason: str | None = Field(description="why Aktum disabled it; null when a person did")
    failing_since: datetime | None = Field(description="the first failure since the last success")
    old_secret_until: datetime | None = Field(description="until when the secret before the last rotation signs too")
    created_by: str
    created_at: datetime


class EndpointWithSecret(EndpointView):
    secret: str = Field(description="shown this once only; the receiver verifies signatures with it")


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class DeliveryFilter(Paging):
    state: DeliveryState | None = None


class DeliveryView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    event_id: str = Field(description="the `webhook-id` of every attempt")
    event_type: str
    invoice_id: str | None = Field(description="null for an event of a quote and for a test call")
    quote_id: str | None = Field(description="null for an event of an invoice and for a test call")
    state: DeliveryState
    attempts: int
    last_status: int | None = Field(description="HTTP status of the last attempt; null if there was no answer")
    last_error: str | None
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    created_at: datetime


class DeliveryWithBody(DeliveryView):
    body: str = Field(description="the exact bytes that every attempt sends, as text")


class Replayed(BaseModel):
    queued: int = Field(description="deliveries that are sent again; events that were never stored follow in seconds")
