"""What an invoice does to its orders: it claims them, moves them along, and gives them back.

See docs/specification/orders.md 3.6.
"""

from datetime import datetime
from enum import StrEnum

from models.partners.dockets.docket import DocketState
from models.partners.orders.edges import path
from models.partners.orders.log import Actor, Change, changed
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.partners.ports import OrdersCommand
from models.partners.readiness import Obstacle, PartnerRules, obstacles

S = OrderStatus


class InvoiceStep(StrEnum):
    MARK_INVOICED = "mark_invoiced"
    MARK_SUBMITTED = "mark_submitted"
    MARK_COMPLETED = "mark_completed"
    RETURN_TO_READY = "return_to_ready"


# The statuses that an order passes through, by the command and the status that it has. An empty path changes nothing.
_FIXED_IN_PORTAL = (S.REJECTED, S.REINVOICE, S.INVOICED)
_PATHS: dict[InvoiceStep, dict[OrderStatus, tuple[OrderStatus, ...]]] = {
    InvoiceStep.MARK_INVOICED: {
        S.READY_FOR_INVOICE: path(S.READY_FOR_INVOICE, S.INVOICED),
        S.INVOICED: (),
        S.SUBMITTED_TO_PORTAL: (),
    },
    InvoiceStep.MARK_SUBMITTED: {
        S.READY_FOR_INVOICE: path(S.READY_FOR_INVOICE, S.SUBMITTED_TO_PORTAL, via=(S.INVOICED,)),
        S.INVOICED: path(S.INVOICED, S.SUBMITTED_TO_PORTAL),
        # The partner refused a detail, which was fixed in the portal; the invoice stays.
        S.SUBMITTED_TO_PORTAL: path(S.SUBMITTED_TO_PORTAL, S.SUBMITTED_TO_PORTAL, via=_FIXED_IN_PORTAL),
        # The payment was recorded wrongly and is taken back.
        S.COMPLETED: (S.SUBMITTED_TO_PORTAL,),
    },
    InvoiceStep.MARK_COMPLETED: {
        S.INVOICED: path(S.INVOICED, S.COMPLETED),
        S.SUBMITTED_TO_PORTAL: path(S.SUBMITTED_TO_PORTAL, S.COMPLETED),
        S.COMPLETED: (),
    },
    InvoiceStep.RETURN_TO_READY: {
        S.READY_FOR_INVOICE: (),
        S.INVOICED: path(S.INVOICED, S.READY_FOR_INVOICE),
        S.SUBMITTED_TO_PORTAL: path(S.SUBMITTED_TO_PORTAL, S.READY_FOR_INVOICE),
    },
}


def claim(order: Order, rules: PartnerRules, invoice_id: str, now: datetime) -> Change | tuple[Obstacle, ...]:
    """Return the order on the invoice, ReadyForInvoice; or everything that keeps it from being invoiced.

    An order that is on this invoice already stays as it is.
    """
    if order.invoice_id == invoice_id:
        return Change(order)
    if found := obstacles(order, rules):
        return found
    docket = order.docket
    assert docket is not None, "the gate refuses an order without a docket"
    updates = {
        "status": S.READY_FOR_INVOICE,
        "invoice_id": invoice_id,
        "docket": docket.model_copy(update={"state": DocketState.READY_FOR_INVOICE}),
    }
    return changed(order, updates, Actor.invoice(invoice_id), "claim_for_invoice", now)


def release(order: Order, actor: Actor, now: datetime, reason: str) -> Change:
    """Return the order without its invoice; its status stays. Only an order that is not invoiced yet is released."""
    return changed(order, {"invoice_id": None}, actor, "release_from_invoice", now, reason=reason)


def reason_refused(order: Order, step: InvoiceStep, invoice_id: str) -> str | None:
    """Return why the command cannot move the order; None if it can."""
    if order.invoice_id != invoice_id:
        if step is InvoiceStep.RETURN_TO_READY:
            return None  # it was given back before, and may stand on another invoice by now
        where = f"on invoice {order.invoice_id}" if order.invoice_id else "on no invoice"
        return f"Order {order.order_key} is {where}, not on {invoice_id}."
    if order.status not in _PATHS[step]:
        return f"Order {order.order_key} is {order.status}; {step} does not follow."
    return None


def move(order: Order, step: InvoiceStep, command: OrdersCommand) -> Change:
    """Return the order after the command, with one event for each status that it passes through."""
    change = Change(order)
    if order.invoice_id != command.invoice_id:  # it was given back before
        return change
    actor = Actor.invoice(command.invoice_id)
    for status in _path(order, step, rejected=command.rejected):
        moved = changed(
            change.order,
            {"status": status},
            actor,
            step,
            command.at,
            reason=command.reason,
            number=command.number or "",
            effect=command.effect_key,
        )
        change = Change(moved.order, (*change.events, *moved.events))
    if step is InvoiceStep.RETURN_TO_READY:
        reason = command.reason or "the invoice was withdrawn"
        freed = release(change.order, actor, command.at, reason)
        change = Change(freed.order, (*change.events, *freed.events))
    return change


def _path(order: Order, step: InvoiceStep, *, rejected: bool) -> tuple[OrderStatus, ...]:
    if step is InvoiceStep.RETURN_TO_READY and rejected and order.status in (S.INVOICED, S.SUBMITTED_TO_PORTAL):
        return path(order.status, S.READY_FOR_INVOICE, via=(S.REJECTED,))
    return _PATHS[step][order.status]
