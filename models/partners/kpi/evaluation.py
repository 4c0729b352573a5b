"""The evaluation of a job: on time, late or exceeded.

See docs/specification/kpi.md 3. An evaluation informs; only a rule of the partner makes an amount of it.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from models.partners.kpi.clock import job_minutes
from models.partners.kpi.target import KpiTarget, find_target
from models.partners.orders.order import Order
from models.values.base_models import Frozen

LATE_SHARE = (4, 5)
"""Above this share of the target, 80 %, a job is late although it is within the target."""


class KpiResult(StrEnum):
    """How a job did against its target."""

    ON_TIME = "on_time"
    LATE = "late"
    EXCEEDED = "exceeded"


class NotScored(StrEnum):
    """Why a job has no result."""

    NO_TARGET = "kpi_no_target"
    NO_TIMES = "kpi_no_times"


class JobKpi(Frozen):
    """What is known of a job. Without a result, `not_scored` says why."""

    minutes: int | None
    target: KpiTarget | None
    result: KpiResult | None
    not_scored: NotScored | None

    @property
    def message(self) -> str:
        """The minutes, the target and the result for a person, or what is missing."""
        match self.not_scored:
            case NotScored.NO_TARGET:
                return "There is no KPI target for the job; enter one for its type, or one for all jobs."
            case NotScored.NO_TIMES:
                return "The KPI needs the portal times OnTheWay and OrderCompleted, in this order; correct the order."
        assert self.target is not None
        return f"{self.minutes} minutes, target {self.target.minutes}"


def evaluate(minutes: int, target_minutes: int) -> KpiResult:
    """Return the result: above the target exceeded, above 80 % of it late, otherwise on time."""
    if minutes > target_minutes:
        return KpiResult.EXCEEDED
    part, whole = LATE_SHARE
    return KpiResult.LATE if minutes * whole > target_minutes * part else KpiResult.ON_TIME


def job_kpi(order: Order, targets: Iterable[KpiTarget], completed_on: date) -> JobKpi:
    """Return the evaluation of a job that was completed on this day in the partner's zone."""
    minutes = job_minutes(order)
    target = find_target(targets, order.partner_key, order.order_type, order.method, completed_on)
    if minutes is None or target is None:
        missing = NotScored.NO_TIMES if minutes is None else NotScored.NO_TARGET
        return JobKpi(minutes=minutes, target=target, result=None, not_scored=missing)
    return JobKpi(minutes=minutes, target=target, result=evaluate(minutes, target.minutes), not_scored=None)
