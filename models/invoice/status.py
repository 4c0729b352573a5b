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
    REVERSE_PAYMENT = "reverse_payment"
    WRITE_OFF = "write_off"
    VOID = "void"
    DISCARD = "discard"
    HOLD = "hold"
    RELEASE = "release"
    RETRY_EFFECT = "retry_effect"
    RESOLVE_EFFECT = "resolve_effect"
    SYNC_PLANFACT = "sync_planfact"
    SUBMIT_SIGNATURE = "submit_signature"
    RECORD_PORTAL_STATUS = "record_portal_status"


AWAITS_MONEY = frozenset({Status.SENT, Status.ACCEPTED, Status.UPLOADED, Status.AWAITING_PAYMENT})
BEFORE_DELIVERY = frozenset({Status.DRAFT, Status.NEEDS_REVIEW, Status.DECLINED, Status.APPROVED})
SETTLED = frozenset({Status.PAID, Status.CLOSED, Status.VOID, Status.DISCARDED})
WITHDRAWN = frozenset({Status.VOID, Status.DISCARDED})
"""The invoice is withdrawn: another invoice for the same contract and period may be made."""
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
    # Money for an invoice that is paid, closed or void is the client's credit.
    CommandName.RECORD_PAYMENT: AWAITS_MONEY | {Status.PAID, Status.CLOSED, Status.VOID},
    CommandName.REVERSE_PAYMENT: AWAITS_MONEY | {Status.PAID, Status.CLOSED, Status.VOID},
    CommandName.WRITE_OFF: AWAITS_MONEY,
    # A draft that took a number keeps it, so it may be voided; `models/invoice/preconditions.py` refuses the void of a
    # draft without a number (docs/specification/numbering.md 1).
    CommandName.VOID: BEFORE_DELIVERY | AWAITS_MONEY | {Status.REJECTED},
    CommandName.DISCARD: frozenset({Status.DRAFT}),
    CommandName.HOLD: ALWAYS - SETTLED,
    # A paid or void invoice may still have effects to execute.
    CommandName.RELEASE: ALWAYS - {Status.CLOSED, Status.DISCARDED},
    CommandName.RETRY_EFFECT: ALWAYS,
    CommandName.RESOLVE_EFFECT: ALWAYS,
    CommandName.SYNC_PLANFACT: frozenset({Status.APPROVED, Status.SENT}),
    # An act is cancelled in whatever status its withdrawal has left the invoice.
    CommandName.SUBMIT_SIGNATURE: ALWAYS,
    CommandName.RECORD_PORTAL_STATUS: frozenset(),
}

# A partner invoice is uploaded to the partner's portal, its rejection is final (docs/specification/lifecycle.md 2.2),
# and it has no worklogs.
_PARTNER: dict[CommandName, frozenset[Status]] = _SERVICE | {
    CommandName.REGENERATE: frozenset({Status.DRAFT, Status.DECLINED, Status.APPROVED}),
    CommandName.CHECK_FACTS: frozenset(),
    CommandName.TAKE_IN: frozenset(),
    CommandName.REOPEN: frozenset({Status.DECLINED, Status.APPROVED}),
    CommandName.DELIVER: frozenset(),
    CommandName.MARK_UPLOADED: frozenset({Status.APPROVED, Status.UPLOADED, Status.AWAITING_PAYMENT}),
    CommandName.ACCEPT: frozenset(),
    CommandName.REJECT: frozenset({Status.UPLOADED, Status.AWAITING_PAYMENT}),
    CommandName.VOID: _SERVICE[CommandName.VOID] - {Status.REJECTED},
    CommandName.SYNC_PLANFACT: frozenset({Status.APPROVED, Status.UPLOADED, Status.AWAITING_PAYMENT}),
    CommandName.HOLD: ALWAYS - SETTLED - {Status.REJECTED},
    # A discarded draft may still have to give its orders back.
    CommandName.RELEASE: ALWAYS - {Status.CLOSED},
    CommandName.SUBMIT_SIGNATURE: frozenset(),
    CommandName.RECORD_PORTAL_STATUS: frozenset({Status.UPLOADED, Status.AWAITING_PAYMENT}),
}

TRANSITIONS: Mapping[Kind, Mapping[CommandName, frozenset[Status]]] = MappingProxyType(
    {Kind.SERVICE: _SERVICE, Kind.PARTNER: _PARTNER}
)


def is_final(kind: Kind, status: Status) -> bool:
    """Return whether the document can no longer change. Open effects may still be executed."""
    return status in {Status.CLOSED, Status.VOID, Status.DISCARDED} or (
        kind is Kind.PARTNER and status is Status.REJECTED
    )


# The milestones of docs/specification/lifecycle.md 2.2.
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
    """Return the milestone of a partner invoice; None for a service invoice or a status without one."""
    return _PARTNER_MILESTONES.get(status) if kind is Kind.PARTNER else None
