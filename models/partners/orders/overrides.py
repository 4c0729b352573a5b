"""Overrides: an admin moves an order past the table, with a reason, a remark and evidence.

See docs/specification/orders.md 3.4.
"""

from typing import Any

from models.access.roles import Role
from models.partners.dockets.docket import DocketState
from models.partners.orders.commands import Transition
from models.partners.orders.errors import OrderForbidden, OrderInvalid, OrderRefused
from models.partners.orders.log import Actor
from models.partners.orders.order import Order
from models.partners.orders.status import OF_DOCKETS, OF_THE_INVOICE, OrderStatus

_DOCKET_STATES = {
    OrderStatus.DOCKETS_RECEIVED: DocketState.DOCKET_RECEIVED,
    OrderStatus.DOCKETS_VERIFIED: DocketState.DOCKET_REVIEWED,
    OrderStatus.DOCKETS_REJECTED: DocketState.DOCKET_CORRECTION,
    OrderStatus.DOCKETS_UPLOADED: DocketState.DOCKET_UPLOADED,
}


def check_override(order: Order, command: Transition, actor: Actor) -> None:
    """Raise when the person may not override, or the order must not move there. The gate is never overridden."""
    if actor.role is not Role.ADMIN:
        raise OrderForbidden(f"An override needs the role admin; {actor.name} is {actor.role}.")
    for field in ("reason", "remark", "evidence"):
        if not getattr(command, field):
            raise OrderInvalid(field, "is required for an override")
    if command.to in OF_THE_INVOICE:
        raise OrderRefused(f"Only an invoice moves an order to {command.to}; no override does.")
    if command.to is order.status:
        raise OrderRefused(f"Order {order.order_key} is {order.status} already.")
    if command.to in OF_DOCKETS and order.docket is None:
        raise OrderRefused(
            f"Order {order.order_key} has no docket, so it cannot become {command.to}. Receive it first."
        )


def with_docket_of(order: Order, to: OrderStatus) -> dict[str, Any]:
    """Return the new status, and the docket in the state that fits it. Before the docket statuses it is taken off."""
    if order.docket is None:
        return {"status": to}
    if to is OrderStatus.CANCELLED:
        return {"status": to}
    state = _DOCKET_STATES.get(to)
    docket = None if state is None else order.docket.model_copy(update={"state": state})
    return {"status": to, "docket": docket}
