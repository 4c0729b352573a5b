"""A month of the expected hours as worklogs, so that it is priced by the rules of invoices.

See docs/specification/quotes.md 2.4. The hours of each tier are spread over the twenty working days of a month, in
pieces of at least half an hour, which is the least that a worklog counts.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.contracts.rate_rule import MINIMUM_BILLABLE_SECONDS, RateRule, Tier
from models.contracts.worklog import Worklog
from models.values.period import Period

MONTH = Period.month(2026, 2)  # four whole weeks, so twenty working days
LABEL = "QUOTE"
_DAYS = tuple(
    day
    for n in range(MONTH.days)
    if (day := MONTH.start + timedelta(days=n)).isoweekday() not in RateRule().weekend_days
)
# The clock times lie inside or outside the business hours of a rule with the usual ones.
_CLOCK = {Tier.STANDARD: time(10), Tier.CRITICAL: time(11), Tier.OFF_HOURS: time(20), Tier.CRITICAL_OFF_HOURS: time(21)}
_ISSUE = {
    Tier.STANDARD: "STANDARD",
    Tier.CRITICAL: "P1-P3",
    Tier.OFF_HOURS: "OFF-HOURS",
    Tier.CRITICAL_OFF_HOURS: "P1-P3-OFF-HOURS",
}


def worklogs_of(seconds: Mapping[Tier, int]) -> tuple[Worklog, ...]:
    """Return the worklogs of a month with these seconds in each tier."""
    return tuple(_worklog(tier, day, length) for tier, whole in seconds.items() for day, length in _spread(whole))


def scaled(seconds: Mapping[Tier, int], wanted: int) -> dict[Tier, int]:
    """Return the seconds in the same proportions, so that they add up to `wanted`."""
    whole = sum(seconds.values())
    found: dict[Tier, int] = {}
    before = after = 0
    for tier, part in seconds.items():
        before += part
        upto = (2 * before * wanted + whole) // (2 * whole)
        found[tier] = upto - after
        after = upto
    return {tier: part for tier, part in found.items() if part}


def _spread(seconds: int) -> list[tuple[date, int]]:
    """Return days that lie evenly in the month, each with an equal part of the seconds."""
    pieces = max(1, min(len(_DAYS), seconds // MINIMUM_BILLABLE_SECONDS))
    part, rest = divmod(seconds, pieces)
    return [(_DAYS[n * len(_DAYS) // pieces], part + (n < rest)) for n in range(pieces)]


def _worklog(tier: Tier, day: date, seconds: int) -> Worklog:
    critical = tier in (Tier.CRITICAL, Tier.CRITICAL_OFF_HOURS)
    return Worklog(
        worklog_id=f"{tier}.{day}",
        issue_key=_ISSUE[tier],
        issue_summary="expected hours",
        issue_type="Incident" if critical else "Task",
        priority="P1" if critical else "P4",
        account_id="team",
        project_label=LABEL,
        started_on=day,
        started_at=datetime.combine(day, _CLOCK[tier], ZoneInfo(RateRule().business_hours_tz)),
        seconds=seconds,
    )
