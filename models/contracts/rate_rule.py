"""Rate rules and tiers: the prices of a contract and the multipliers of its work (docs/specification/pricing.md 3)."""

from datetime import time
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from pydantic import Field

from models.contracts.contract import Contract
from models.contracts.worklog import Worklog
from models.values.base_models import Frozen

MINIMUM_BILLABLE_SECONDS = 1800
CRITICAL_PRIORITIES = frozenset({"P1", "P2", "P3"})


class Tier(StrEnum):
    """The class of a worklog that selects a multiplier (docs/specification/pricing.md 3.2)."""

    STANDARD = "standard"
    OVERTIME = "overtime"
    OFF_HOURS = "off_hours"
    CRITICAL = "p1_p3"
    CRITICAL_OFF_HOURS = "p1_p3_off_hours"


class RateRule(Frozen):
    """The prices of one contract; the defaults are those of docs/specification/pricing.md 3.1."""

    base_hourly_rate: Decimal = Decimal(0)
    monthly_limit_hours: Decimal = Decimal(0)
    overtime_multiplier: Decimal = Decimal("1.0")
    p1_p3_multiplier: Decimal = Decimal("1.0")
    off_hours_multiplier: Decimal = Decimal("1.0")
    p1_p3_off_hours_multiplier: Decimal = Decimal("1.5")
    business_hours_start: time = time(9)
    business_hours_end: time = time(18)
    business_hours_tz: str = "Asia/Tashkent"
    weekend_days: tuple[int, ...] = Field(default=(6, 7), description="ISO days, 1 = Monday")
    bill_base_when_empty: bool = False

    @classmethod
    def of(cls, contract: Contract) -> "RateRule":
        """Return the rule of a contract without a configured one: the rate and limit in ClickHouse."""
        return cls(base_hourly_rate=contract.hourly_rate, monthly_limit_hours=contract.monthly_limit)

    def multiplier(self, tier: Tier) -> Decimal:
        """Return the factor by which an hour of this tier is multiplied."""
        return {
            Tier.STANDARD: Decimal("1.0"),
            Tier.OVERTIME: self.overtime_multiplier,
            Tier.OFF_HOURS: self.off_hours_multiplier,
            Tier.CRITICAL: self.p1_p3_multiplier,
            Tier.CRITICAL_OFF_HOURS: self.p1_p3_off_hours_multiplier,
        }[tier]

    def tier(self, worklog: Worklog) -> Tier:
        """Return the highest tier that applies, overtime left out (docs/specification/pricing.md 3.2)."""
        match is_critical(worklog), self.is_off_hours(worklog):
            case True, True:
                return Tier.CRITICAL_OFF_HOURS
            case True, False:
                return Tier.CRITICAL
            case False, True:
                return Tier.OFF_HOURS
            case _:
                return Tier.STANDARD

    def is_off_hours(self, worklog: Worklog) -> bool:
        """Return whether the work started on a weekend, or strictly before or after business hours.

        A worklog without a start time is off hours on weekends only (docs/specification/pricing.md 3.3).
        """
        if worklog.started_at is None:
            return worklog.started_on.isoweekday() in self.weekend_days
        started = worklog.started_at.astimezone(ZoneInfo(self.business_hours_tz))
        if started.isoweekday() in self.weekend_days:
            return True
        clock = started.time()
        return clock < self.business_hours_start or clock > self.business_hours_end


def is_critical(worklog: Worklog) -> bool:
    """Return whether the worklog belongs to an incident of priority P1 to P3 (docs/specification/pricing.md 3.2)."""
    return worklog.issue_type == "Incident" and worklog.priority in CRITICAL_PRIORITIES


def billable_seconds(worklog: Worklog) -> int:
    """Return the worklog's length, or half an hour if that is longer (docs/specification/pricing.md 2.4)."""
    return max(worklog.seconds, MINIMUM_BILLABLE_SECONDS)
