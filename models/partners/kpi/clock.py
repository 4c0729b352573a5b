"""The clock of a job: the minutes from OnTheWay to OrderCompleted, without the time in which it was blocked.

See docs/specification/kpi.md 1.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.partners.orders.order import Blocker, Order

MINUTE = timedelta(minutes=1)
NO_TIME = timedelta()


def job_minutes(order: Order) -> int | None:
    """Return the minutes that the job took; a begun minute counts.

    None while one of the two times is missing, or if OrderCompleted is before OnTheWay.
    """
    start, end = order.on_the_way_at, order.completed_at
    if start is None or end is None or end < start:
        return None
    return -(-(end - start - paused(order.blockers, start, end)) // MINUTE)


def paused(blockers: Iterable[Blocker], start: datetime, end: datetime) -> timedelta:
    """Return how long the job was blocked between the two times.

    Of each blocker only the part between them counts, an open one lasts until the end, and a time in which several
    blockers were open counts once.
    """
    total, counted_to = NO_TIME, start
    for blocker in sorted(blockers, key=lambda each: each.opened_at):
        begins = max(blocker.opened_at, counted_to)
        ends = min(blocker.closed_at or end, end)
        if ends > begins:
            total += ends - begins
            counted_to = ends
    return total
