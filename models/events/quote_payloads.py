"""The data of the public events of quotes. They hold prices only; no cost and no margin reaches a quote."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from models.audit.hash_chain import Event
from models.events.event_types import QUOTE_TYPES, EventType
from models.invoice.revision import cut
from models.values.base_models import Frozen
from models.values.money import Amount

LONGEST_TEXT: Final = 500


class QuoteSummary(Frozen):
    """The quote as it was recorded when the event was read: at the revision of the event or a later one."""

    id: str
    revision: int = Field(description="at least that of the event")
    status: str
    number: str | None = Field(description="null until it is sent for the first time")
    version: int = Field(description="the version that is being written, or that was sent last")
    title: str
    customer_key: str | None
    customer_name: str
    application_key: str | None = Field(description="the contract that it is about, or that has its terms")
    currency: str
    net_amount: Amount
    total_amount: Amount
    issued_on: date
    valid_until: date
    sent_at: datetime | None
    answered_at: datetime | None = Field(description="accepted, declined or expired")
    converted: bool = Field(description="a contract has its terms")
    blocked: bool = Field(description="an effect waits for a person")


class QuoteLinks(Frozen):
    """Paths of the API. `document` is the PDF of a sent version; there is none before one was sent."""

    quote: str
    document: str | None


class QuoteData(Frozen):
    """What every event of a quote says. `status` is the quote's status after the event."""

    quote_id: str
    revision: int = Field(description="rises with each change of the quote; events of one quote come in order")
    status: str
    status_before: str
    by: str = Field(description="who did it: a user, `aktum` itself, or the client by their link")
    reason: str | None = Field(max_length=LONGEST_TEXT)
    quote: QuoteSummary
    links: QuoteLinks


class QuoteVersionData(QuoteData):
    """An event of one version of the quote. `version` of a revised quote is the new one, which is not sent yet."""

    version: int


class QuoteAcceptedData(QuoteVersionData):
    """The acceptance; `total_amount` includes the optional lines that the client has taken."""

    accepted_by: str = Field(description="the name of the person who accepts for the client")
    position: str
    order_number: str | None
    total_amount: Amount


class QuoteDeclinedData(QuoteVersionData):
    """The answer of a client who declines; `reason` holds their words."""

    declined_by: str | None


class QuoteValidityData(QuoteData):
    """A validity that ends soon or has ended."""

    valid_until: date


class QuoteEffectData(QuoteData):
    """A step in another system; `reason` holds the message."""

    effect: str = Field(description="the key of the effect, by which it is retried or resolved")
    code: str


QUOTE_DATA: Mapping[EventType, type[QuoteData]] = MappingProxyType(
    {each: QuoteData for each in EventType if each in QUOTE_TYPES}
    | {
        EventType.QUOTE_SENT: QuoteVersionData,
        EventType.QUOTE_VIEWED: QuoteVersionData,
        EventType.QUOTE_ACCEPTED: QuoteAcceptedData,
        EventType.QUOTE_DECLINED: QuoteDeclinedData,
        EventType.QUOTE_EXPIRED: QuoteValidityData,
        EventType.QUOTE_REVISED: QuoteVersionData,
        EventType.QUOTE_REMINDER_DUE: QuoteValidityData,
        EventType.QUOTE_EFFECT_BLOCKED: QuoteEffectData,
        EventType.QUOTE_EFFECT_REFUSED: QuoteEffectData,
    }
)
# The versions of these events were sent, so each has a document.
_OF_A_SENT_VERSION: Final = frozenset(
    {EventType.QUOTE_SENT, EventType.QUOTE_VIEWED, EventType.QUOTE_ACCEPTED, EventType.QUOTE_DECLINED}
)


class RecordedQuoteEvent(Frozen):
    """An event of a quote's audit trail at its position in the feed, and the quote as it was when the event was read.

    `entry` counts the events as they were recorded, before they had positions. `sent_version` is the newest version
    that was sent.
    """

    position: int
    entry: int
    event: Event
    quote: QuoteSummary
    sent_version: int | None

    @property
    def subject_id(self) -> str:
        """The id of what has the event."""
        return self.quote.id


def quote_data(recorded: RecordedQuoteEvent, event_type: EventType) -> QuoteData:
    """Return the data of the public event of this type."""
    event, quote = recorded.event, recorded.quote
    fields: dict[str, Any] = {
        "quote_id": quote.id,
        "revision": event.seq,
        "status": event.status_after,
        "status_before": event.status_before,
        "by": event.by,
        "reason": cut(event.reason, LONGEST_TEXT) if event.reason else None,
        "quote": quote,
        "links": _links(recorded, event_type),
    }
    details: dict[str, Any] = dict(event.details)
    match event_type:
        case EventType.QUOTE_ACCEPTED:
            # The trail writes an empty text where nothing was given.
            fields |= {"order_number": details.get("order_number") or None, "total_amount": details["total"]}
        case EventType.QUOTE_DECLINED:
            fields["declined_by"] = details.get("declined_by") or None
    return QUOTE_DATA[event_type].model_validate(details | fields)


def _links(recorded: RecordedQuoteEvent, event_type: EventType) -> QuoteLinks:
    path = f"/api/v1/quotes/{recorded.quote.id}"
    own = recorded.event.details.get("version") if event_type in _OF_A_SENT_VERSION else None
    version = own or recorded.sent_version
    return QuoteLinks(quote=path, document=f"{path}/versions/{version}/pdf" if version else None)
