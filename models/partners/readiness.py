"""The gate: what keeps an order from being invoiced. Every reason is listed at once.

See docs/specification/orders.md 5.
"""

from collections.abc import Iterator
from enum import StrEnum

from models.partners.dockets.docket import DELIVERED
from models.partners.dockets.validity import problems
from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.orders.status import MAY_BE_INVOICED
from models.partners.partner import Partner
from models.values.base_models import Frozen


class PartnerRules(Frozen):
    """The settings of a partner that the gate needs."""

    requires_ttkt: bool = True
    requires_awo: bool = True
    standby_port_needs_approval: bool = True
    splitter_needed_at_docket: bool = True
    order_types: frozenset[OrderType] = frozenset(OrderType)


def gate_rules(partner: Partner) -> PartnerRules:
    """Return the settings of the partner that the gate checks."""
    return PartnerRules(
        requires_ttkt=partner.requires_ttkt,
        requires_awo=partner.requires_awo,
        standby_port_needs_approval=partner.standby_port_needs_approval,
        splitter_needed_at_docket=partner.splitter_needed_at_docket,
        order_types=frozenset(partner.order_types),
    )


class ObstacleCode(StrEnum):
    WRONG_STATUS = "wrong_status"
    DOCKET_NOT_VALIDATED = "docket_not_validated"
    SPLITTER_PORT_MISSING = "splitter_port_missing"
    MATERIALS_NOT_LOGGED = "materials_not_logged"
    OPEN_BLOCKER = "open_blocker"
    COMPLETION_TIME_MISSING = "completion_time_missing"
    TTKT_MISSING = "ttkt_missing"
    AWO_MISSING = "awo_missing"
    STANDBY_PORT_NOT_APPROVED = "standby_port_not_approved"
    RMA_NOT_APPROVED = "rma_not_approved"
    ORDER_TYPE_NOT_SUPPORTED = "order_type_not_supported"
    ON_LIVE_INVOICE = "on_live_invoice"
    OTHER_PARTNER = "other_partner"


class Obstacle(Frozen):
    """One reason why an order cannot be invoiced, in the words of a clerk."""

    code: ObstacleCode
    message: str


def obstacles(order: Order, rules: PartnerRules) -> tuple[Obstacle, ...]:
    """Return everything that keeps the order from being invoiced; nothing when it can be."""
    found = (*_of_status(order), *_of_docket(order), *_of_work(order), *_of_partner(order, rules))
    return tuple(Obstacle(code=code, message=message) for code, message in found)


def needs_standby_approval(order: Order, rules: PartnerRules) -> bool:
    """Return whether the partner has still to approve the port (docs/specification/orders.md 4.3)."""
    return rules.standby_port_needs_approval and order.is_on_standby_port and order.standby_approval is None


_Found = Iterator[tuple[ObstacleCode, str]]


def _of_status(order: Order) -> _Found:
    if order.status not in MAY_BE_INVOICED:
        wanted = " or ".join(sorted(MAY_BE_INVOICED))
        yield ObstacleCode.WRONG_STATUS, f"The order is {order.status}; it must be {wanted}."
    if order.invoice_id is not None:
        yield ObstacleCode.ON_LIVE_INVOICE, f"The order is on invoice {order.invoice_id} already."


def _of_docket(order: Order) -> _Found:
    docket = order.docket
    if docket is None:
        yield ObstacleCode.DOCKET_NOT_VALIDATED, "The docket has not been received."
    elif docket.state not in DELIVERED:
        yield ObstacleCode.DOCKET_NOT_VALIDATED, f"The docket {docket.number} is {docket.state}, not DocketUploaded."
    elif docket.paper is not None and (wrong := problems(order, docket.paper)):
        listed = " ".join(problem.message for problem in wrong)
        yield ObstacleCode.DOCKET_NOT_VALIDATED, f"The docket {docket.number} does not fit the order. {listed}"


def _of_work(order: Order) -> _Found:
    if order.splitter_id is None or order.splitter_port is None:
        yield ObstacleCode.SPLITTER_PORT_MISSING, "The splitter and its port are not recorded."
    if not order.materials_logged:
        yield (
            ObstacleCode.MATERIALS_NOT_LOGGED,
            "The materials are not recorded; record an empty list if none were used.",
        )
    for blocker in order.open_blockers:
        yield ObstacleCode.OPEN_BLOCKER, f"The blocker {blocker.id} is open: {blocker.reason}"
    if order.completed_at is None:
        yield ObstacleCode.COMPLETION_TIME_MISSING, "The time of completion is not recorded."


def _of_partner(order: Order, rules: PartnerRules) -> _Found:
    if order.order_type is OrderType.ASSURANCE:
        if rules.requires_ttkt and order.ticket_id is None:
            yield ObstacleCode.TTKT_MISSING, "The ticket id (TTKT) of the assurance job is missing."
        if rules.requires_awo and order.awo_id is None:
            yield ObstacleCode.AWO_MISSING, "The AWO id of the assurance job is missing."
    if needs_standby_approval(order, rules):
        message = (
            f"Port {order.splitter_port} is the standby port of its splitter, and the partner has not approved it."
        )
        yield ObstacleCode.STANDBY_PORT_NOT_APPROVED, message
    for row in order.rma:
        if not row.is_approved:
            message = f"The partner has not approved the replacement of {row.old_serial} by {row.new_serial}."
            yield ObstacleCode.RMA_NOT_APPROVED, message
    if order.order_type not in rules.order_types:
        message = f"The partner is not invoiced for orders of the type {order.order_type}."
        yield ObstacleCode.ORDER_TYPE_NOT_SUPPORTED, message
