"""The times of the partner's portal: each follows the one before (docs/specification/orders.md 3.4)."""

from datetime import date, datetime, timedelta

from models.partners.orders.errors import OrderInvalid
from models.partners.orders.fields import PARTNER_ZONE
from models.partners.orders.order import Order
from models.partners.orders.status import OrderStatus
from models.values.period import local_day

EARLY = timedelta(hours=2)
PORTAL_FIELDS = {
    OrderStatus.ON_THE_WAY: "on_the_way_at",
    OrderStatus.MET_CUSTOMER: "met_customer_at",
    OrderStatus.ORDER_COMPLETED: "completed_at",
}


def check_portal_time(order: Order, to: OrderStatus, moment: datetime | None, now: datetime) -> None:
    """Raise OrderInvalid when the time is missing, ahead, or does not follow the one before."""
    if moment is None:
        raise OrderInvalid("portal_time", f"is required for {to}: the time in the partner's portal")
    if moment > now:
        raise OrderInvalid("portal_time", "must not be in the future")
    if to is OrderStatus.ON_THE_WAY:
        _check_start(order, moment)
        return
    before = order.on_the_way_at if to is OrderStatus.MET_CUSTOMER else order.met_customer_at
    if before is None:
        return
    if moment <= before:
        raise OrderInvalid("portal_time", f"must be after the time before, {before.isoformat()}")
    if to is OrderStatus.MET_CUSTOMER and _day(moment) != _day(before):
        raise OrderInvalid("portal_time", f"must be on the same day as the time before, {_day(before)}")


def _check_start(order: Order, moment: datetime) -> None:
    """The installer sets out two hours before the scheduled start at the earliest, and not after the next day."""
    start = order.scheduled_start
    if start is None:
        return
    if moment < start - EARLY:
        earliest = (start - EARLY).isoformat()
        raise OrderInvalid("portal_time", f"must not be more than two hours before the schedule, {earliest}")
    if _day(moment) > _day(start) + timedelta(days=1):
        raise OrderInvalid("portal_time", f"must be on {_day(start)} or the day after; reschedule the order first")


def _day(moment: datetime) -> date:
    return local_day(moment, PARTNER_ZONE)
