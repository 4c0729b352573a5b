"""The status table: which command is allowed where (docs/specification/lifecycle.md 2)."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    SERVICE = "service"
    PARTNER = "partner"


class Status(StrEnum):
    DRAFT = "draft"
    NEEDS_REVIEW = "needs_review"
    DECLINED = "declined"
    APPROVED = "approved"
    SENT = "sent"
    ACCEPTED = "accepted"
    UPLOADED = "uploaded"
    AWAITING_PAYMENT = "awaiting_payment"
    REJECTED = "rejected"
    PAID = "paid"
    CLOSED = "closed"
    VOID = "void"
    DISCARDED = "discarded"


class CommandName(StrEnum):
    EDIT = "edit"
    UNDO = "undo"
    REGENERATE = "regenerate"
    CHECK_FACTS = "check_facts"
    TAKE_IN = "take_in"
    FINALIZE = "finalize"
    APPROVE = "approve"
    DECLINE = "decline"
    REOPEN = "reopen"
    DELIVER = "deliver"
    MARK_UPLOADED = "mark_uploaded"
    ACCEPT = "accept"
    REJECT = "reject"
    RECORD_PAYMENT = "record_payment"
    VOID = "void"
    DISCARD = "discard"
    HOLD = "hold"
    RELEASE = "release"
    RETRY_EFFECT = "retry_effect"
    RESOLVE_EFFECT = "resolve_effect"


AWAITS_MONEY = frozenset({Status.SENT, Status.ACCEPTED, Status.UPLOADED, Status.AWAITING_PAYMENT})
BEFORE_DELIVERY = frozenset({Status.DRAFT, Status.NEEDS_REVIEW, Status.DECLINED, Status.APPROVED})
SETTLED = frozenset({Status.PAID, Status.CLOSED, Status.VOID, Status.DISCARDED})
WITHDRAWN = frozenset({Status.VOID, Status.DISCARDED})
"""An invoice that no longer stands: its contract and period may have another one."""
ALWAYS = frozenset(Status)

_SERVICE: dict[CommandName, frozenset[Status]] = {
    CommandName.EDIT: frozenset({Status.DRAFT}),
    CommandName.UNDO: frozenset({Status.DRAFT}),
    CommandName.REGENERATE: frozenset({Status.DRAFT, Status.DECLINED, Status.REJECTED, Status.APPROVED}),
    CommandName.CHECK_FACTS: BEFORE_DELIVERY | AWAITS_MONEY | {Status.REJECTED},
    CommandName.TAKE_IN: frozenset({Status.DRAFT}),
    CommandName.FINALIZE: frozenset({Status.DRAFT}),
    CommandName.APPROVE: frozenset({Status.NEEDS_REVIEW}),
    CommandName.DECLINE: frozenset({Status.NEEDS_REVIEW}),
    CommandName.REOPEN: frozenset({Status.DECLINED, Status.REJECTED, Status.APPROVED}),
    CommandName.DELIVER: frozenset({Status.APPROVED}),
    CommandName.MARK_UPLOADED: frozenset(),
    CommandName.ACCEPT: frozenset({Status.SENT}),
    CommandName.REJECT: frozenset({Status.SENT}),
    CommandName.RECORD_PAYMENT: AWAITS_MONEY,
    # A draft that once took a number keeps it, so it may be voided; `check` tells it from one without
    # (docs/specification/numbering.md 1).
    CommandName.VOID: BEFORE_DELIVERY | AWAITS_MONEY | {Status.REJECTED},
    CommandName.DISCARD: frozenset({Status.DRAFT}),
    CommandName.HOLD: ALWAYS - SETTLED,
    # Also of a paid or void one, which may still owe something outside.
    CommandName.RELEASE: ALWAYS - {Status.CLOSED, Status.DISCARDED},
    CommandName.RETRY_EFFECT: ALWAYS,
    CommandName.RESOLVE_EFFECT: ALWAYS,
}

# A partner's invoice leaves by the partner's portal, its rejection is final (docs/specification/lifecycle.md 2.2),
# and it has no worklogs.
_PARTNER: dict[CommandName, frozenset[Status]] = _SERVICE | {
    CommandName.REGENERATE: frozenset({Status.DRAFT, Status.DECLINED, Status.APPROVED}),
    CommandName.CHECK_FACTS: frozenset(),
    CommandName.TAKE_IN: frozenset(),
    CommandName.REOPEN: frozenset({Status.DECLINED, Status.APPROVED}),
    CommandName.DELIVER: frozenset(),
    CommandName.MARK_UPLOADED: frozenset({Status.APPROVED}),
    CommandName.ACCEPT: frozenset(),
    CommandName.REJECT: frozenset({Status.UPLOADED, Status.AWAITING_PAYMENT}),
    CommandName.VOID: _SERVICE[CommandName.VOID] - {Status.REJECTED},
    CommandName.HOLD: ALWAYS - SETTLED - {Status.REJECTED},
}

TRANSITIONS: Mapping[Kind, Mapping[CommandName, frozenset[Status]]] = MappingProxyType(
    {Kind.SERVICE: _SERVICE, Kind.PARTNER: _PARTNER}
)


def is_final(kind: Kind, status: Status) -> bool:
    """Nothing can happen to the document any more; its open effects may still be worked off."""
    return status in {Status.CLOSED, Status.VOID, Status.DISCARDED} or (
        kind is Kind.PARTNER and status is Status.REJECTED
    )


# The names of docs/specification/lifecycle.md 2.2 for a partner invoice.
_PARTNER_MILESTONES = {
    Status.DRAFT: "Draft",
    Status.NEEDS_REVIEW: "Generated",
    Status.DECLINED: "Generated",
    Status.APPROVED: "Generated",
    Status.UPLOADED: "Uploaded",
    Status.AWAITING_PAYMENT: "AwaitingPayment",
    Status.REJECTED: "Rejected",
    Status.PAID: "Paid",
    Status.CLOSED: "Closed",
}


def milestone(kind: Kind, status: Status) -> str | None:
    """Partner invoices also show the partner document's own names; other kinds have none."""
    return _PARTNER_MILESTONES.get(status) if kind is Kind.PARTNER else None
