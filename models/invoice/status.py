"""The status table: the statuses in which each command is allowed (docs/specification/lifecycle.md 2, 3)."""

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


S, C = Status, CommandName

AWAITS_MONEY = frozenset({S.SENT, S.ACCEPTED, S.UPLOADED, S.AWAITING_PAYMENT})
BEFORE_DELIVERY = frozenset({S.DRAFT, S.NEEDS_REVIEW, S.DECLINED, S.APPROVED})
SETTLED = frozenset({S.PAID, S.CLOSED, S.VOID, S.DISCARDED})
WITHDRAWN = frozenset({S.VOID, S.DISCARDED})
"""The invoice is withdrawn: another invoice for the same contract and period may be made."""
ALWAYS = frozenset(Status)

_SERVICE: dict[CommandName, frozenset[Status]] = {
    C.EDIT: frozenset({S.DRAFT}),
    C.UNDO: frozenset({S.DRAFT}),
    C.REGENERATE: frozenset({S.DRAFT, S.DECLINED, S.REJECTED, S.APPROVED}),
    C.CHECK_FACTS: BEFORE_DELIVERY | AWAITS_MONEY | {S.REJECTED},
    C.TAKE_IN: frozenset({S.DRAFT}),
    C.FINALIZE: frozenset({S.DRAFT}),
    C.APPROVE: frozenset({S.NEEDS_REVIEW}),
    C.DECLINE: frozenset({S.NEEDS_REVIEW}),
    C.REOPEN: frozenset({S.DECLINED, S.REJECTED, S.APPROVED}),
    C.DELIVER: frozenset({S.APPROVED}),
    C.MARK_UPLOADED: frozenset(),
    C.ACCEPT: frozenset({S.SENT}),
    C.REJECT: frozenset({S.SENT}),
    C.RECORD_PAYMENT: AWAITS_MONEY,
    # A draft that took a number keeps it, so it may be voided; `models/invoice/preconditions.py` refuses the void of a
    # draft without a number (docs/specification/numbering.md 1).
    C.VOID: BEFORE_DELIVERY | AWAITS_MONEY | {S.REJECTED},
    C.DISCARD: frozenset({S.DRAFT}),
    C.HOLD: ALWAYS - SETTLED,
    # A paid or void invoice may still have effects to execute.
    C.RELEASE: ALWAYS - {S.CLOSED, S.DISCARDED},
    C.RETRY_EFFECT: ALWAYS,
    C.RESOLVE_EFFECT: ALWAYS,
}

# A partner invoice is uploaded to the partner's portal, its rejection is final (docs/specification/lifecycle.md 2.2),
# and it has no worklogs.
_PARTNER: dict[CommandName, frozenset[Status]] = _SERVICE | {
    C.REGENERATE: frozenset({S.DRAFT, S.DECLINED, S.APPROVED}),
    C.CHECK_FACTS: frozenset(),
    C.TAKE_IN: frozenset(),
    C.REOPEN: frozenset({S.DECLINED, S.APPROVED}),
    C.DELIVER: frozenset(),
    C.MARK_UPLOADED: frozenset({S.APPROVED}),
    C.ACCEPT: frozenset(),
    C.REJECT: frozenset({S.UPLOADED, S.AWAITING_PAYMENT}),
    C.VOID: _SERVICE[C.VOID] - {S.REJECTED},
    C.HOLD: ALWAYS - SETTLED - {S.REJECTED},
}

TRANSITIONS: Mapping[Kind, Mapping[CommandName, frozenset[Status]]] = MappingProxyType(
    {Kind.SERVICE: _SERVICE, Kind.PARTNER: _PARTNER}
)


def is_final(kind: Kind, status: Status) -> bool:
    """Return whether the document can no longer change. Open effects may still be executed."""
    return status in {S.CLOSED, S.VOID, S.DISCARDED} or (kind is Kind.PARTNER and status is S.REJECTED)


# The milestones of docs/specification/lifecycle.md 2.2.
_PARTNER_MILESTONES = {
    S.DRAFT: "Draft",
    S.NEEDS_REVIEW: "Generated",
    S.DECLINED: "Generated",
    S.APPROVED: "Generated",
    S.UPLOADED: "Uploaded",
    S.AWAITING_PAYMENT: "AwaitingPayment",
    S.REJECTED: "Rejected",
    S.PAID: "Paid",
    S.CLOSED: "Closed",
}


def milestone(kind: Kind, status: Status) -> str | None:
    """Return the milestone of a partner invoice; None for a service invoice or a status without one."""
    return _PARTNER_MILESTONES.get(status) if kind is Kind.PARTNER else None
