"""The types of public events, and the one table that maps the actions of the audit trail to them.

The types are a contract with other systems: a type is never renamed and never changes its meaning
(docs/specification/events.md 2).
"""

from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from models.audit.hash_chain import Event
from models.invoice.effects import EffectName
from models.invoice.status import Status


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
    }
)


class Rule(NamedTuple):
    """An action of the audit trail with its public event; `becomes`: only if the invoice takes this status by it."""

    action: str
    event_type: EventType
    becomes: Status | None = None


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


def event_types(event: Event) -> tuple[EventType, ...]:
    """Return the public event types of a recorded event; there are none for an internal step."""
    became = event.status_after if event.status_after != event.status_before else None
    return tuple(
        rule.event_type
        for rule in RULES
        if rule.action == event.action and (rule.becomes is None or rule.becomes == became)
    )
