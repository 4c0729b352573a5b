"""The public form of a recorded event: its id, its type and its data.

One recorded event has one public event for each of its types. The data of each type is a model of its own, whose JSON
schema the API publishes. Texts are bounded, so that a body stays below a few kilobytes.
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from pydantic import Field

from models.audit.hash_chain import Event
from models.events.event_types import QUOTE_TYPES, EventType, event_types, quote_event_types
from models.events.quote_payloads import LONGEST_TEXT, QUOTE_DATA, QuoteData, RecordedQuoteEvent, quote_data
from models.invoice.revision import cut
from models.values.base_models import Frozen
from models.values.money import Amount


class InvoiceSummary(Frozen):
    """The invoice as it was recorded when the event was read: at the revision of the event or a later one."""

    id: str
    revision: int = Field(description="at least that of the event")
    kind: str
    status: str
    number: str | None
    customer_key: str
    customer_name: str
    period_start: date
    period_end: date
    invoice_date: date
    due_date: date | None
    currency: str
    total_amount: Amount
    paid_amount: Amount
    balance: Amount
    overdue: bool
    held: bool
    blocked: bool


class Links(Frozen):
    """Paths of the API. `document` is the PDF; there is none before the invoice has one."""

    invoice: str
    document: str | None


class InvoiceData(Frozen):
    """What every event of an invoice says. `status` is the invoice's status after the event."""

    invoice_id: str
    revision: int = Field(description="rises with each change of the invoice; events of one invoice come in order")
    status: str
    status_before: str
    by: str = Field(description="who did it: a user, `aktum` itself, or the client")
    reason: str | None = Field(max_length=LONGEST_TEXT)
    invoice: InvoiceSummary
    links: Links


class PaymentData(InvoiceData):
    """A payment that was recorded or reversed."""

    payment_id: str
    paid_on: date
    amount: Amount
    balance: Amount = Field(description="what is left to pay after the event")


class WriteOffData(InvoiceData):
    """A rest that is claimed no more."""

    kind: str
    amount: Amount


class EffectData(InvoiceData):
    """A step in another system; `reason` holds the message."""

    effect: str = Field(description="the key of the effect, by which it is retried or resolved")
    code: str


class LetterData(InvoiceData):
    """A letter that came back; `reason` holds the recipients and what their mail server said."""

    effect: str = Field(description="the key of the effect that sent the letter")


class ReminderData(InvoiceData):
    """A due date that is near or has passed."""

    due: date


INVOICE_DATA: Mapping[EventType, type[InvoiceData]] = MappingProxyType(
    {each: InvoiceData for each in EventType if each not in QUOTE_TYPES}
    | {
        EventType.PAYMENT_RECORDED: PaymentData,
        EventType.PAYMENT_REVERSED: PaymentData,
        EventType.WRITTEN_OFF: WriteOffData,
        EventType.EFFECT_BLOCKED: EffectData,
        EventType.EFFECT_REFUSED: EffectData,
        EventType.LETTER_RETURNED: LetterData,
        EventType.REMINDER_DUE: ReminderData,
        EventType.OVERDUE: ReminderData,
    }
)
DATA: Mapping[EventType, type[InvoiceData] | type[QuoteData]] = MappingProxyType({**INVOICE_DATA, **QUOTE_DATA})


class PublicEvent(Frozen):
    """An event as others receive it. `id` is the same whenever the event is read again."""

    id: str
    type: EventType
    timestamp: datetime
    data: InvoiceData | QuoteData

    @property
    def body(self) -> str:
        """The JSON that is sent."""
        return self.model_dump_json(serialize_as_any=True)


class RecordedEvent(Frozen):
    """An event of an invoice at its position in the feed, and the invoice as it was when the event was read.

    `entry` counts the events as they were recorded, before they had positions.
    """

    position: int
    entry: int
    event: Event
    invoice: InvoiceSummary
    has_document: bool

    @property
    def subject_id(self) -> str:
        """The id of what has the event."""
        return self.invoice.id


AnyRecordedEvent = RecordedEvent | RecordedQuoteEvent


def event_id(subject_id: str, revision: int, event_type: EventType) -> str:
    """Return the id of a public event: `evt_<invoice or quote>_<revision>_<name>`. Signing needs no full stop in it."""
    name = event_type.value.rpartition(".")[2]
    return f"evt_{subject_id.replace('-', '')}_{revision}_{name}"


def public_events(recorded: AnyRecordedEvent) -> tuple[PublicEvent, ...]:
    """Return the public events of a recorded one."""
    if isinstance(recorded, RecordedQuoteEvent):
        types = quote_event_types(recorded.event)
        return tuple(_public(recorded, each, quote_data(recorded, each)) for each in types)
    return tuple(_public(recorded, each, _invoice_data(recorded, each)) for each in event_types(recorded.event))


def _public(recorded: AnyRecordedEvent, event_type: EventType, data: InvoiceData | QuoteData) -> PublicEvent:
    event = recorded.event
    public_id = event_id(recorded.subject_id, event.seq, event_type)
    return PublicEvent(id=public_id, type=event_type, timestamp=event.at, data=data)


def _invoice_data(recorded: RecordedEvent, event_type: EventType) -> InvoiceData:
    event, invoice = recorded.event, recorded.invoice
    path = f"/api/v1/invoices/{invoice.id}"
    fields: dict[str, Any] = {
        "invoice_id": invoice.id,
        "revision": event.seq,
        "status": event.status_after,
        "status_before": event.status_before,
        "by": event.by,
        "reason": cut(event.reason, LONGEST_TEXT) if event.reason else None,
        "invoice": invoice,
        "links": Links(invoice=path, document=f"{path}/pdf" if recorded.has_document else None),
    }
    # `details` of the trail may hold fields that `fields` names too: what the trail calls so is not what is meant here.
    return INVOICE_DATA[event_type].model_validate(event.details | fields)
