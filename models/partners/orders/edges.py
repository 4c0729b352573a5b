"""The table of transitions of an order: from, to, by whom, and what each needs.

See docs/specification/orders.md 3.3.
"""

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from models.access.roles import Role
from models.partners.orders.status import OrderStatus as S


class Through(StrEnum):
    """The command that makes a transition."""

    TRANSITION = "transition"
    RECEIVE_DOCKET = "receive_docket"
    REVIEW_DOCKET = "review_docket"
    UPLOAD_DOCKET = "upload_docket"
    REJECT_DOCKET = "reject_docket"
    INVOICE = "invoice"


class Needs(StrEnum):
    """What a transition must carry, or what the order must have."""

    INSTALLER = "installer"
    SCHEDULE = "schedule"
    PORTAL_TIME = "portal_time"
    NEW_APPOINTMENT = "new_appointment"
    OPEN_BLOCKER = "open_blocker"
    NO_BLOCKERS = "no_blockers"
    SPLITTER = "splitter"
    DOCKET = "docket"
    VALID_DOCKET = "valid_docket"
    DOCKET_FILE = "docket_file"
    REASON = "reason"
    REMARK = "remark"
    EVIDENCE = "evidence"
    GATE = "gate"


class Edge(NamedTuple):
    """One permitted transition. `role` is the least role of a person; None means that only an invoice makes it."""

    source: S
    to: S
    through: Through
    role: Role | None
    needs: tuple[Needs, ...] = ()


def _by_person(
    source: S, to: S, *needs: Needs, role: Role = Role.EDITOR, through: Through = Through.TRANSITION
) -> Edge:
    return Edge(source, to, through, role, needs)


def _by_invoice(source: S, to: S, *needs: Needs) -> Edge:
    return Edge(source, to, Through.INVOICE, None, needs)


_FIELD_WORK = (S.ASSIGNED, S.ON_THE_WAY, S.MET_CUSTOMER)
_MAY_BE_CANCELLED = (
    *(S.PENDING, S.ASSIGNED, S.ON_THE_WAY, S.MET_CUSTOMER, S.BLOCKER, S.RESCHEDULE_PENDING_APPROVAL),
    *(S.ORDER_COMPLETED, S.DOCKETS_RECEIVED, S.DOCKETS_VERIFIED, S.DOCKETS_REJECTED, S.DOCKETS_UPLOADED),
    S.READY_FOR_INVOICE,
)

EDGES: tuple[Edge, ...] = (
    _by_person(S.PENDING, S.ASSIGNED, Needs.INSTALLER, Needs.SCHEDULE),
    _by_person(S.ASSIGNED, S.ON_THE_WAY, Needs.PORTAL_TIME),
    _by_person(S.ON_THE_WAY, S.MET_CUSTOMER, Needs.PORTAL_TIME),
    _by_person(S.MET_CUSTOMER, S.ORDER_COMPLETED, Needs.PORTAL_TIME, Needs.NO_BLOCKERS),
    *(_by_person(status, S.BLOCKER, Needs.OPEN_BLOCKER) for status in _FIELD_WORK),
    *(_by_person(S.BLOCKER, status, Needs.NO_BLOCKERS) for status in _FIELD_WORK),
    *(_by_person(s, S.RESCHEDULE_PENDING_APPROVAL, Needs.REASON) for s in (S.PENDING, *_FIELD_WORK, S.BLOCKER)),
    _by_person(S.RESCHEDULE_PENDING_APPROVAL, S.PENDING, Needs.NEW_APPOINTMENT, role=Role.MANAGER),
    _by_person(
        *(S.RESCHEDULE_PENDING_APPROVAL, S.ASSIGNED, Needs.NEW_APPOINTMENT, Needs.INSTALLER, Needs.SCHEDULE),
        role=Role.MANAGER,
    ),
    _by_person(*(S.ORDER_COMPLETED, S.DOCKETS_RECEIVED, Needs.DOCKET, Needs.SPLITTER), through=Through.RECEIVE_DOCKET),
    _by_person(S.DOCKETS_RECEIVED, S.DOCKETS_VERIFIED, Needs.VALID_DOCKET, through=Through.REVIEW_DOCKET),
    _by_person(S.DOCKETS_RECEIVED, S.DOCKETS_REJECTED, Needs.REASON, through=Through.REVIEW_DOCKET),
    _by_person(*(S.DOCKETS_REJECTED, S.DOCKETS_RECEIVED, Needs.DOCKET, Needs.SPLITTER), through=Through.RECEIVE_DOCKET),
    _by_person(S.DOCKETS_VERIFIED, S.DOCKETS_UPLOADED, Needs.DOCKET_FILE, through=Through.UPLOAD_DOCKET),
    *(
        _by_person(
            *(status, S.DOCKETS_REJECTED, Needs.REASON, Needs.REMARK, Needs.EVIDENCE), through=Through.REJECT_DOCKET
        )
        for status in (S.DOCKETS_UPLOADED, S.READY_FOR_INVOICE)
    ),
    *(_by_person(status, S.CANCELLED, Needs.REASON, role=Role.MANAGER) for status in _MAY_BE_CANCELLED),
    _by_invoice(S.DOCKETS_UPLOADED, S.READY_FOR_INVOICE, Needs.GATE),
    _by_invoice(S.READY_FOR_INVOICE, S.INVOICED),
    _by_invoice(S.INVOICED, S.SUBMITTED_TO_PORTAL),
    _by_invoice(S.SUBMITTED_TO_PORTAL, S.COMPLETED),
    _by_invoice(S.INVOICED, S.COMPLETED),  # the partner has no portal
    _by_invoice(S.INVOICED, S.REJECTED, Needs.REASON),
    _by_invoice(S.SUBMITTED_TO_PORTAL, S.REJECTED, Needs.REASON),
    _by_invoice(S.REJECTED, S.READY_FOR_INVOICE),  # another invoice replaces the rejected one
    _by_invoice(S.REJECTED, S.REINVOICE),  # a small fix in the portal; the invoice stays
    _by_invoice(S.REINVOICE, S.INVOICED),
    # The invoice was withdrawn, not rejected.
    *(_by_invoice(status, S.READY_FOR_INVOICE) for status in (S.INVOICED, S.SUBMITTED_TO_PORTAL, S.REINVOICE)),
)

BY_STATUSES: Mapping[tuple[S, S], Edge] = MappingProxyType({(edge.source, edge.to): edge for edge in EDGES})


def following(status: S) -> tuple[S, ...]:
    """Return the statuses that can follow, in the order of the table."""
    return tuple(edge.to for edge in EDGES if edge.source is status)


def path(status: S, to: S, *, via: tuple[S, ...] = ()) -> tuple[S, ...]:
    """Return the statuses from the first to the last one; every step is in the table, or KeyError is raised."""
    steps = (status, *via, to)
    for step in pairwise(steps):
        BY_STATUSES[step]
    return steps[1:]
