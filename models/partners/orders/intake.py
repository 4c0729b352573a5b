"""The intake: what a source system sends about an order, and the order after it.

See docs/specification/orders.md 3.7.
"""

import hashlib
import json
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from pydantic import Field, model_validator

from models.partners.dockets.docket import Docket, DocketState
from models.partners.order_type import OrderTypeInput
from models.partners.orders.commands import MaterialInput, ReplacementInput
from models.partners.orders.fields import MOST_MATERIALS, MOST_REPLACEMENTS, Code, Moment
from models.partners.orders.log import Actor, Change, changed, first_event
from models.partners.orders.order import Order, OrderFields
from models.partners.orders.status import FIELD, OF_DOCKETS, OrderStatus, StatusInput
from models.values.base_models import Strict
from models.values.typed_values import Flag

_FURTHER = (
    *(OrderStatus.ORDER_COMPLETED, OrderStatus.DOCKETS_RECEIVED, OrderStatus.DOCKETS_REJECTED),
    *(OrderStatus.DOCKETS_VERIFIED, OrderStatus.DOCKETS_UPLOADED, OrderStatus.READY_FOR_INVOICE),
)
FROM_SOURCE = FIELD | frozenset(_FURTHER) | {OrderStatus.CANCELLED}
_VALIDATED = frozenset({OrderStatus.DOCKETS_VERIFIED, OrderStatus.DOCKETS_UPLOADED, OrderStatus.READY_FOR_INVOICE})
_UPLOADED = frozenset({OrderStatus.DOCKETS_UPLOADED, OrderStatus.READY_FOR_INVOICE})


class DocketIntake(Strict):
    """A docket that the source system knows. `validated` says that it was compared with the order there."""

    number: Code
    received_at: Moment
    validated: Flag = False
    uploaded_at: Moment | None = None


class OrderIntake(OrderFields, Strict):
    """One version of an order. A field that is not sent stays as it is; null empties it."""

    order_type: OrderTypeInput
    materials: tuple[MaterialInput, ...] = Field(default=(), max_length=MOST_MATERIALS)
    rma: tuple[ReplacementInput, ...] = Field(default=(), max_length=MOST_REPLACEMENTS)
    status: StatusInput | None = Field(default=None, description="the status in the source system")
    docket: DocketIntake | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for kind in ("appointment", "scheduled"):
            start, end = getattr(self, f"{kind}_start"), getattr(self, f"{kind}_end")
            if start and end and end <= start:
                raise ValueError(f"{kind}_end must be after {kind}_start")
        if self.status is not None and self.status not in FROM_SOURCE:
            raise ValueError(f"status {self.status} is set by the invoice; send ReadyForInvoice at the most")
        if self.status in OF_DOCKETS | {OrderStatus.READY_FOR_INVOICE} and self.docket is None:
            raise ValueError(f"docket is required with the status {self.status}")
        if self.status in _VALIDATED and self.docket is not None and not self.docket.validated:
            raise ValueError(f"docket.validated must be true with the status {self.status}")
        if self.status in _UPLOADED and self.docket is not None and self.docket.uploaded_at is None:
            raise ValueError(f"docket.uploaded_at is required with the status {self.status}")
        return self

    @property
    def digest(self) -> str:
        """The SHA-256 of what was sent, by which a repetition is known."""
        sent = self.model_dump(mode="json", exclude_unset=True)
        text = json.dumps(sent, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    REPEATED = "repeated"
    IGNORED = "ignored"
    REFUSED = "refused"


class Received(NamedTuple):
    """What became of one version of an order. `change` is None when nothing was written."""

    outcome: Outcome
    message: str | None = None
    change: Change | None = None


def receive(existing: Order | None, intake: OrderIntake, actor: Actor, now: datetime) -> Received:
    """Return the order after this version: a newer one updates it, an equal one repeats it, an older one is ignored."""
    if existing is None:
        return Received(Outcome.CREATED, None, _created(intake, actor, now))
    if refusal := _refusal(existing, intake):
        return refusal
    updates = _updates(existing, intake, actor)
    change = changed(existing, updates, actor, "receive_version", now, version=str(intake.source_version))
    return Received(Outcome.UPDATED, None, change)


def _refusal(existing: Order, intake: OrderIntake) -> Received | None:
    key, held = existing.order_key, existing.source_version
    if existing.source != intake.source:
        return Received(Outcome.REFUSED, f"Order {key} comes from {existing.source}, not from {intake.source}.")
    if intake.source_version < held:
        return Received(
            Outcome.IGNORED, f"Version {intake.source_version} is older than {held}, which is here already."
        )
    if intake.source_version == held:
        if existing.source_digest == intake.digest:
            return Received(Outcome.REPEATED)
        return Received(Outcome.REFUSED, f"Version {held} was received with other content; send a higher version.")
    if existing.invoice_id is not None:
        return Received(Outcome.REFUSED, f"Order {key} is on invoice {existing.invoice_id} and cannot change now.")
    if existing.is_final:
        return Received(Outcome.REFUSED, f"Order {key} is {existing.status}; nothing about it changes any more.")
    return None


def _created(intake: OrderIntake, actor: Actor, now: datetime) -> Change:
    fields = intake.model_dump(exclude={"status", "docket"})
    order = Order.model_validate(
        {
            **fields,
            "status": intake.status or OrderStatus.PENDING,
            "docket": _docket(intake.docket, actor) if intake.docket else None,
            "source_digest": intake.digest,
            "created_at": now,
            "updated_at": now,
        }
    )
    return first_event(order, actor, "receive_order", now)


def _updates(existing: Order, intake: OrderIntake, actor: Actor) -> dict[str, Any]:
    sent = intake.model_dump(exclude={"status", "docket"}, exclude_unset=True)
    if "appointment_start" in sent and sent["appointment_start"] != existing.appointment_start:
        sent.setdefault("appointment_end", None)
    merged = Order.model_validate({**existing.model_dump(), **sent})
    names = {*sent, "source_version"}
    updates: dict[str, Any] = {name: getattr(merged, name) for name in names}
    updates["source_digest"] = intake.digest
    if intake.status is not None and _goes_further(existing.status, intake.status):
        updates["status"] = intake.status
    # A docket that was reviewed here, with its paper, is not replaced by what the source system says.
    if intake.docket is not None and (existing.docket is None or existing.docket.paper is None):
        updates["docket"] = _docket(intake.docket, actor)
    return updates


def _goes_further(current: OrderStatus, sent: OrderStatus) -> bool:
    """Return whether the status of the source system is applied: it never moves an order back from its docket."""
    if sent is OrderStatus.CANCELLED:
        return True
    if current in FIELD:
        return True
    return sent in _FURTHER and _FURTHER.index(sent) > _FURTHER.index(current)


def _docket(intake: DocketIntake, actor: Actor) -> Docket:
    state = DocketState.DOCKET_RECEIVED
    if intake.validated:
        state = DocketState.DOCKET_UPLOADED if intake.uploaded_at else DocketState.DOCKET_REVIEWED
    return Docket(
        number=intake.number,
        state=state,
        received_at=intake.received_at,
        reviewed_at=intake.received_at if intake.validated else None,
        reviewed_by=actor.name if intake.validated else None,
        uploaded_at=intake.uploaded_at,
        uploaded_by=actor.name if intake.uploaded_at else None,
    )
