"""`check` refuses a command that an order does not permit now; `apply` returns the order after it.

See docs/specification/orders.md 3.3.
"""

from datetime import datetime
from typing import Any

from models.partners.orders import docket_steps
from models.partners.orders.commands import (
    REQUEST,
    AnyCommand,
    CloseBlocker,
    LogMaterials,
    OpenBlocker,
    OrderCommand,
    Transition,
)
from models.partners.orders.edges import BY_STATUSES, EDGES, Edge, Needs, Through
from models.partners.orders.errors import OrderForbidden, OrderInvalid, OrderRefused, StaleOrder
from models.partners.orders.fields import MOST_BLOCKERS
from models.partners.orders.log import Actor, Change, changed
from models.partners.orders.order import APPOINTMENT, Blocker, Material, Order, Replacement
from models.partners.orders.overrides import check_override, with_docket_of
from models.partners.orders.portal_times import PORTAL_FIELDS, check_portal_time
from models.partners.orders.status import OrderStatus
from models.partners.readiness import PartnerRules


def allowed(order: Order, through: Through = Through.TRANSITION) -> tuple[OrderStatus, ...]:
    """Return the statuses that can follow by this kind of command; none while an invoice holds the order."""
    if order.invoice_id is not None and through is not Through.INVOICE:
        return ()
    return tuple(edge.to for edge in EDGES if edge.source is order.status and edge.through is through)


def check(order: Order, command: AnyCommand, actor: Actor, now: datetime, rules: PartnerRules) -> None:
    """Raise OrderRefused, OrderForbidden or OrderInvalid if the command is not allowed now."""
    _updates(order, command, actor, now, rules)


def apply(
    order: Order,
    command: AnyCommand,
    actor: Actor,
    now: datetime,
    rules: PartnerRules,
    request: str | None = None,
) -> Change:
    """Return the order after the command, with its event. Raises what `check` raises.

    `request` is the fingerprint by which a repetition of the request is recognised.
    """
    updates = _updates(order, command, actor, now, rules)
    details = {"override": "true"} if isinstance(command, Transition) and command.override else {}
    if request is not None:
        details[REQUEST] = request
    return changed(
        order,
        updates,
        actor,
        command.name,
        now,
        reason=getattr(command, "reason", None),
        remark=command.remark,
        evidence=getattr(command, "evidence", None),
        **details,
    )


def _updates(order: Order, command: AnyCommand, actor: Actor, now: datetime, rules: PartnerRules) -> dict[str, Any]:
    """Return the fields that the command changes, after all checks."""
    _check_open(order, command)
    match command:
        case Transition(override=True):
            check_override(order, command, actor)
            return {**_carried(command, order), **with_docket_of(order, command.to)}
        case Transition():
            edge = _edge(order, command.to, Through.TRANSITION, actor)
            _check_needs(order, command, edge, now)
            return {**_carried(command, order), "status": command.to}
        case OpenBlocker():
            return {"blockers": _opened(order, command, actor, now)}
        case CloseBlocker():
            return {"blockers": _closed(order, command, actor, now)}
        case LogMaterials():
            return _logged(command)
        case _:
            to = docket_steps.target(command)
            _edge(order, to, Through(command.name), actor)
            return docket_steps.updates(order, command, actor, now, rules) | {"status": to}


def _check_open(order: Order, command: OrderCommand) -> None:
    if command.revision is not None and command.revision != order.revision:
        raise StaleOrder(order.order_key, command.revision, order.revision)
    if order.is_final:
        raise OrderRefused(f"Order {order.order_key} is {order.status}; nothing about it changes any more.")
    if order.invoice_id is not None:
        message = f"Order {order.order_key} is on invoice {order.invoice_id}. Take it off that invoice first."
        raise OrderRefused(message)


def _edge(order: Order, to: OrderStatus, through: Through, actor: Actor) -> Edge:
    """Return the edge of the table, if there is one and the actor may take it by this command."""
    edge = BY_STATUSES.get((order.status, to))
    possible = allowed(order, through)
    if edge is None:
        after = ", ".join(possible) or "nothing by this command"
        raise OrderRefused(
            f"Order {order.order_key} is {order.status}; {to} does not follow it, but {after}.", possible
        )
    if edge.through is not through:
        how = "an invoice" if edge.through is Through.INVOICE else f"the command {edge.through}"
        raise OrderRefused(f"Only {how} moves an order from {order.status} to {to}.", possible)
    if edge.role is None or actor.role is None or not actor.role.includes(edge.role):
        raise OrderForbidden(f"{order.status} to {to} needs the role {edge.role}; {actor.name} is {actor.role}.")
    return edge


def _check_needs(order: Order, command: Transition, edge: Edge, now: datetime) -> None:
    for need in edge.needs:
        match need:
            case Needs.INSTALLER if not (command.installer or order.installer):
                raise OrderInvalid("installer", f"is required for {edge.to}")
            case Needs.SCHEDULE if not (command.scheduled_start or order.scheduled_start):
                raise OrderInvalid("scheduled_start", f"is required for {edge.to}")
            case Needs.NEW_APPOINTMENT if not command.appointment_start:
                raise OrderInvalid("appointment_start", "is required: the new appointment")
            case Needs.PORTAL_TIME:
                check_portal_time(order, edge.to, command.portal_time, now)
            case Needs.REASON if not command.reason:
                raise OrderInvalid("reason", f"is required for {edge.to}")
            case Needs.OPEN_BLOCKER if not order.open_blockers:
                raise OrderRefused("An order becomes Blocker when a blocker is open; open one first.", allowed(order))
            case Needs.NO_BLOCKERS if order.open_blockers:
                ids = ", ".join(blocker.id for blocker in order.open_blockers)
                raise OrderRefused(f"Close the open blockers first: {ids}.", allowed(order))
            case _:
                pass


def _carried(command: Transition, order: Order) -> dict[str, Any]:
    """Return the fields that a transition carries; an appointment and a schedule end after they start."""
    names = ("installer", "scheduled_start", "scheduled_end", "appointment_start", "appointment_end")
    given = {name: value for name in names if (value := getattr(command, name)) is not None}
    if "appointment_start" in given and "appointment_end" not in given:
        given["appointment_end"] = given["appointment_start"] + APPOINTMENT
    for kind in ("appointment", "scheduled"):
        start, end = (given.get(f"{kind}_{end}", getattr(order, f"{kind}_{end}")) for end in ("start", "end"))
        if f"{kind}_start" in given and kind == "scheduled" and "scheduled_end" not in given:
            given["scheduled_end"] = end = None
        if start and end and end <= start:
            raise OrderInvalid(f"{kind}_end", f"must be after {kind}_start")
    if command.portal_time is not None and command.to in PORTAL_FIELDS:
        given[PORTAL_FIELDS[command.to]] = command.portal_time
    return given


def _opened(order: Order, command: OpenBlocker, actor: Actor, now: datetime) -> tuple[Blocker, ...]:
    _check_past("at", command.at, now)
    if len(order.blockers) >= MOST_BLOCKERS:
        raise OrderRefused(f"An order has at most {MOST_BLOCKERS} blockers.")
    number = f"B{len(order.blockers) + 1}"
    return (*order.blockers, Blocker(id=number, reason=command.reason, opened_at=command.at, opened_by=actor.name))


def _closed(order: Order, command: CloseBlocker, actor: Actor, now: datetime) -> tuple[Blocker, ...]:
    _check_past("at", command.at, now)
    found = next((each for each in order.open_blockers if each.id == command.blocker_id), None)
    if found is None:
        open_ones = ", ".join(each.id for each in order.open_blockers) or "none"
        raise OrderInvalid("blocker_id", f"is not an open blocker of the order; open are: {open_ones}")
    if command.at < found.opened_at:
        raise OrderInvalid("at", f"must not be before the blocker was opened, {found.opened_at.isoformat()}")
    closed = found.model_copy(update={"closed_at": command.at, "closed_by": actor.name})
    return tuple(closed if each is found else each for each in order.blockers)


def _logged(command: LogMaterials) -> dict[str, Any]:
    return {
        "materials": tuple(Material.model_validate(each.model_dump()) for each in command.materials),
        "rma": tuple(Replacement.model_validate(each.model_dump()) for each in command.rma),
        "materials_logged": True,
    }


def _check_past(path: str, moment: datetime, now: datetime) -> None:
    if moment > now:
        raise OrderInvalid(path, "must not be in the future")
