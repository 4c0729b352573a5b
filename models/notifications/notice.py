"""A notice: what one recorded event of an invoice tells the finance team, and the short id that people can quote.

See docs/specification/effects.md 8.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.audit.hash_chain import Event
from models.events.event_types import EventType, event_types
from models.events.payloads import RecordedEvent
from models.invoice.revision import SYSTEM, cut
from models.values.base_models import Frozen
from models.values.text import printable

LONGEST_TEXT: Final = 500
# No vowel and nothing that looks like something else, so that an id can be read aloud and is no word.
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
_SYMBOLS: Final = f"{_LETTERS}23456789"
SHORT_ID_LENGTH: Final = 6


class Topic(StrEnum):
    """What a chat is for. Each has a setting of this name."""

    APPROVALS = "approvals"
    PAYMENTS = "payments"
    PROBLEMS = "problems"
    SUMMARY = "summary"


class NoticeKind(StrEnum):
    APPROVED = "approved"
    DECLINED = "declined"
    REJECTED = "rejected"
    OVERDUE = "overdue"
    BLOCKED = "blocked"
    PAYMENT = "payment"


KINDS: Mapping[EventType, NoticeKind] = MappingProxyType(
    {
        EventType.APPROVED: NoticeKind.APPROVED,
        EventType.DECLINED: NoticeKind.DECLINED,
        EventType.REJECTED: NoticeKind.REJECTED,
        EventType.OVERDUE: NoticeKind.OVERDUE,
        EventType.EFFECT_BLOCKED: NoticeKind.BLOCKED,
        EventType.PAYMENT_RECORDED: NoticeKind.PAYMENT,
    }
)
TOPICS: Mapping[NoticeKind, Topic] = MappingProxyType(
    {
        NoticeKind.APPROVED: Topic.APPROVALS,
        NoticeKind.DECLINED: Topic.APPROVALS,
        NoticeKind.REJECTED: Topic.PROBLEMS,
        NoticeKind.OVERDUE: Topic.PAYMENTS,
        NoticeKind.BLOCKED: Topic.PROBLEMS,
        NoticeKind.PAYMENT: Topic.PAYMENTS,
    }
)


class Notice(Frozen):
    """One notice. `amount` is the total of the invoice, of an overdue one the balance, and of a payment its amount."""

    key: str
    short_id: str
    kind: NoticeKind
    invoice_id: str
    at: datetime
    number: str
    client: str
    amount: Decimal
    currency: str
    balance: Decimal | None = None
    by: str | None = None
    reason: str | None = None
    effect: str | None = None

    @property
    def topic(self) -> Topic:
        return TOPICS[self.kind]


def short_id(name: str) -> str:
    """Return an id such as `#K7QX2D` of what has this name. It begins with a letter, so that Telegram links it."""
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest())
    digest, first = divmod(digest, len(_LETTERS))
    symbols = [_LETTERS[first]]
    for _ in range(SHORT_ID_LENGTH - 1):
        digest, place = divmod(digest, len(_SYMBOLS))
        symbols.append(_SYMBOLS[place])
    return f"#{''.join(symbols)}"


def notice_of(recorded: RecordedEvent) -> Notice | None:
    """Return the notice of a recorded event; None if nobody is told about it."""
    event, invoice = recorded.event, recorded.invoice
    kind = next((KINDS[each] for each in event_types(event) if each in KINDS), None)
    if kind is None:
        return None
    return Notice(
        key=f"{invoice.id}:{event.seq}:telegram:{TOPICS[kind]}",
        short_id=short_id(f"{invoice.id}:{event.seq}"),
        kind=kind,
        invoice_id=invoice.id,
        at=event.at,
        number=_line(invoice.number or ""),
        client=_line(invoice.customer_name),
        amount=_amount(kind, event, recorded),
        currency=invoice.currency,
        balance=Decimal(event.details["balance"]) if kind is NoticeKind.PAYMENT else None,
        by=_line(event.by) if event.by != SYSTEM else None,
        reason=_line(event.reason or event.details.get("comment", "")) or None,
        effect=event.details["effect"].rpartition(":")[2] if kind is NoticeKind.BLOCKED else None,
    )


def _amount(kind: NoticeKind, event: Event, recorded: RecordedEvent) -> Decimal:
    match kind:
        case NoticeKind.PAYMENT:
            return Decimal(event.details["amount"])
        case NoticeKind.OVERDUE:
            return recorded.invoice.balance
        case _:
            return recorded.invoice.total_amount


def _line(text: str) -> str:
    """Return the text in one line, bounded, and without what cannot be printed or turns the text around."""
    return cut(printable(" ".join(text.split())), LONGEST_TEXT)
