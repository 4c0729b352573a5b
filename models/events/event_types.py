"""The types of public events, and the tables that map the actions of the audit trails to them.

The types are a contract with other systems: a type is never renamed and never changes its meaning
(docs/specification/events.md 2).
"""

from collections.abc import Iterator
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from models.audit.hash_chain import Event
from models.invoice.effects import EffectName
from models.invoice.status import Status
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.status import QuoteStatus


class EventType(StrEnum):
    CREATED = "invoice.created"
    UPDATED = "invoice.updated"
    FINALIZED = "invoice.finalized"
    APPROVED = "invoice.approved"
    DECLINED = "invoice.declined"
    REOPENED = "invoice.reopened"
    SENT = "invoice.sent"
    ACCEPTED = "invoice.accepted"
    REJECTED = "invoice.rejected"
    UPLOADED = "invoice.uploaded"
    PAYMENT_RECORDED = "invoice.payment_recorded"
    PAYMENT_REVERSED = "invoice.payment_reversed"
    WRITTEN_OFF = "invoice.written_off"
    PAID = "invoice.paid"
    CLOSED = "invoice.closed"
    VOIDED = "invoice.voided"
    DISCARDED = "invoice.discarded"
    HELD = "invoice.held"
    RELEASED = "invoice.released"
    REMINDER_DUE = "invoice.reminder_due"
    OVERDUE = "invoice.overdue"
    EFFECT_BLOCKED = "invoice.effect_blocked"
    EFFECT_REFUSED = "invoice.effect_refused"
    LETTER_RETURNED = "invoice.letter_returned"
    QUOTE_CREATED = "quote.created"
    QUOTE_UPDATED = "quote.updated"
    QUOTE_SENT = "quote.sent"
    QUOTE_VIEWED = "quote.viewed"
    QUOTE_ACCEPTED = "quote.accepted"
    QUOTE_DECLINED = "quote.declined"
    QUOTE_EXPIRED = "quote.expired"
    QUOTE_REVISED = "quote.revised"
    QUOTE_WITHDRAWN = "quote.withdrawn"
    QUOTE_REMINDER_DUE = "quote.reminder_due"
    QUOTE_CONVERTED = "quote.converted"
    QUOTE_EFFECT_BLOCKED = "quote.effect_blocked"
    QUOTE_EFFECT_REFUSED = "quote.effect_refused"


QUOTE_TYPES: Final = frozenset(each for each in EventType if each.value.startswith("quote."))

MEANINGS = MappingProxyType(
    {
        EventType.CREATED: "A draft was made.",
        EventType.UPDATED: "The content of the draft has changed.",
        EventType.FINALIZED: "The invoice has its number and waits for review.",
        EventType.APPROVED: "The invoice was approved.",
        EventType.DECLINED: "The reviewer declined the invoice.",
        EventType.REOPENED: "The invoice is a draft again.",
        EventType.SENT: "The invoice was sent to the client.",
        EventType.ACCEPTED: "The client accepted the invoice.",
        EventType.REJECTED: "The client or the partner rejected the invoice.",
        EventType.UPLOADED: "The invoice was uploaded to the partner's portal.",
        EventType.PAYMENT_RECORDED: "A payment was recorded.",
        EventType.PAYMENT_REVERSED: "A payment that was recorded wrongly was reversed.",
        EventType.WRITTEN_OFF: "The rest of the invoice was written off.",
        EventType.PAID: "The balance of the invoice is zero.",
        EventType.CLOSED: "The invoice is paid and nothing is left to do for it.",
        EventType.VOIDED: "The invoice was voided; its number stays.",
        EventType.DISCARDED: "A draft without a number was dropped.",
        EventType.HELD: "The invoice was put on hold.",
        EventType.RELEASED: "The hold has ended.",
        EventType.REMINDER_DUE: "A reminder of the payment is due.",
        EventType.OVERDUE: "The due date has passed without full payment.",
        EventType.EFFECT_BLOCKED: "A step in another system failed and waits for a person.",
        EventType.EFFECT_REFUSED: "A step was refused and given up; the invoice is as it was before.",
        EventType.LETTER_RETURNED: "A letter did not reach its recipient.",
        EventType.QUOTE_CREATED: "A draft of a quote was made.",
        EventType.QUOTE_UPDATED: "The content of the draft has changed.",
        EventType.QUOTE_SENT: "A version of the quote has its document and its link for the client.",
        EventType.QUOTE_VIEWED: "The client has opened the link of the sent version for the first time.",
        EventType.QUOTE_ACCEPTED: "The client accepted the quote.",
        EventType.QUOTE_DECLINED: "The client declined the quote.",
        EventType.QUOTE_EXPIRED: "The validity has ended without an answer.",
        EventType.QUOTE_REVISED: "A new version was begun; the sent one can no longer be accepted.",
        EventType.QUOTE_WITHDRAWN: "The quote was withdrawn for good.",
        EventType.QUOTE_REMINDER_DUE: "A reminder before the end of the validity is due.",
        EventType.QUOTE_CONVERTED: "A contract has the terms of the accepted quote.",
        EventType.QUOTE_EFFECT_BLOCKED: "A step in another system failed and waits for a person.",
        EventType.QUOTE_EFFECT_REFUSED: "A step was refused and given up; the quote is as it was before.",
    }
)


class Rule(NamedTuple):
    """An action of an audit trail with its public event; `becomes`: only if the document takes this status by it."""

    action: str
    event_type: EventType
    becomes: Status | QuoteStatus | None = None


# An action that is not listed means nothing outside. One action may have two events, in the order of this table.
RULES: tuple[Rule, ...] = (
    Rule("create", EventType.CREATED),
    Rule("edit", EventType.UPDATED),
    Rule("undo", EventType.UPDATED),
    Rule("take_in", EventType.UPDATED),
    Rule("redraft", EventType.UPDATED),
    Rule("number", EventType.FINALIZED),
    Rule("approve", EventType.APPROVED),
    Rule("decline", EventType.DECLINED),
    Rule("reopen", EventType.REOPENED),
    Rule("regenerate", EventType.REOPENED, Status.DRAFT),
    Rule(f"{EffectName.EMAIL}_done", EventType.SENT, Status.SENT),
    Rule(f"{EffectName.EINVOICE_SIGNATURE}_done", EventType.SENT, Status.SENT),
    Rule(f"{EffectName.EINVOICE_SEND}_done", EventType.SENT, Status.SENT),
    Rule("accept", EventType.ACCEPTED),
    Rule(f"{EffectName.EINVOICE_ANSWER}_done", EventType.ACCEPTED, Status.ACCEPTED),
    Rule(f"{EffectName.EINVOICE_ANSWER}_done", EventType.REJECTED, Status.REJECTED),
    Rule("reject", EventType.REJECTED),
    Rule("mark_uploaded", EventType.UPLOADED),
    Rule("record_payment", EventType.PAYMENT_RECORDED),
    Rule("record_payment", EventType.PAID, Status.PAID),
    Rule("reverse_payment", EventType.PAYMENT_REVERSED),
    Rule("write_off", EventType.WRITTEN_OFF),
    Rule("write_off", EventType.PAID, Status.PAID),
    Rule("close", EventType.CLOSED),
    Rule("void", EventType.VOIDED),
    Rule("discard", EventType.DISCARDED),
    Rule("hold", EventType.HELD),
    Rule("release", EventType.RELEASED),
    Rule("reminder_due", EventType.REMINDER_DUE),
    Rule("overdue", EventType.OVERDUE),
    *(Rule(f"{effect}_failed", EventType.EFFECT_BLOCKED) for effect in EffectName),
    *(Rule(f"{effect}_refused", EventType.EFFECT_REFUSED) for effect in EffectName),
    *(Rule(f"{letter}_bounced", EventType.LETTER_RETURNED) for letter in EffectName),
)


QUOTE_RULES: tuple[Rule, ...] = (
    Rule("create", EventType.QUOTE_CREATED),
    Rule("edit", EventType.QUOTE_UPDATED),
    Rule("sent", EventType.QUOTE_SENT),
    Rule("open", EventType.QUOTE_VIEWED, QuoteStatus.VIEWED),
    Rule("accept", EventType.QUOTE_ACCEPTED),
    Rule("decline", EventType.QUOTE_DECLINED),
    Rule("expire", EventType.QUOTE_EXPIRED),
    Rule("revise", EventType.QUOTE_REVISED),
    Rule("withdraw", EventType.QUOTE_WITHDRAWN),
    Rule("reminder_due", EventType.QUOTE_REMINDER_DUE),
    Rule(f"{QuoteEffectName.TERMS}_done", EventType.QUOTE_CONVERTED),
    *(Rule(f"{effect}_failed", EventType.QUOTE_EFFECT_BLOCKED) for effect in QuoteEffectName),
    *(Rule(f"{effect}_refused", EventType.QUOTE_EFFECT_REFUSED) for effect in QuoteEffectName),
)


def event_types(event: Event) -> tuple[EventType, ...]:
    """Return the public event types of a recorded event of an invoice; there are none for an internal step."""
    return tuple(_matching(RULES, event))


def quote_event_types(event: Event) -> tuple[EventType, ...]:
    """Return the public event types of a recorded event of a quote; there are none for an internal step."""
    return tuple(_matching(QUOTE_RULES, event))


def _matching(rules: tuple[Rule, ...], event: Event) -> Iterator[EventType]:
    became = event.status_after if event.status_after != event.status_before else None
    for rule in rules:
        if rule.action == event.action and (rule.becomes is None or rule.becomes == became):
            yield rule.event_type
