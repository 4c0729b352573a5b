"""The clock of a docket: the minutes from the completion of the job to its receipt.

See docs/specification/orders.md 4.4.
"""

from datetime import datetime

from models.values.base_models import Frozen

TARGET_MINUTES = 30
LATEST_MINUTES = 180
"""A docket that is received later than this needs the reason of an admin."""


class DocketKpi(Frozen):
    """How long the docket took. It never touches an amount."""

    target_minutes: int = TARGET_MINUTES
    minutes: int
    met: bool


def docket_kpi(completed_at: datetime | None, received_at: datetime | None) -> DocketKpi | None:
    """Return how long the docket took; None while one of the two moments is missing."""
    if completed_at is None or received_at is None:
        return None
    seconds = int((received_at - completed_at).total_seconds())
    minutes = -(-seconds // 60)  # a begun minute counts
    return DocketKpi(minutes=minutes, met=minutes <= TARGET_MINUTES)


def needs_late_reason(completed_at: datetime | None, received_at: datetime) -> bool:
    """Return whether the docket is received so late that an admin must say why."""
    kpi = docket_kpi(completed_at, received_at)
    return kpi is not None and kpi.minutes > LATEST_MINUTES
