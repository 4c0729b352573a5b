"""The delivery of webhooks: the workflow's name and id, and the activity of one attempt."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from models.values.base_models import Frozen
from models.values.port import Port

# Both are stored in histories. The feed starts the workflow by its name, because activities import no workflow.
DELIVERY_WORKFLOW: Final = "DeliverWebhooks"
WAKE: Final = "wake"


class Lane(Frozen):
    """The deliveries of one invoice or quote to one endpoint, which are sent one after another.

    `invoice_id` is the id of either; it is in histories under this name.
    """

    endpoint_id: str
    invoice_id: str

    @property
    def workflow_id(self) -> str:
        return f"webhooks.{self.endpoint_id}.{self.invoice_id}"


class AttemptRequest(Frozen):
    """One attempt of the lane's next delivery. `now` is the workflow's time, from which the next attempt is counted."""

    endpoint_id: str
    invoice_id: str
    now: datetime


class Outcome(StrEnum):
    NOTHING_LEFT = "nothing_left"
    DELIVERED = "delivered"
    RETRY = "retry"
    GIVEN_UP = "given_up"


class Attempted(Frozen):
    """The outcome of one attempt. With RETRY the delivery is due again after `retry_in`."""

    outcome: Outcome
    event_id: str | None = None
    retry_in: timedelta | None = None
    error: str | None = None


ATTEMPT = Port("webhooks.attempt", AttemptRequest, Attempted)
