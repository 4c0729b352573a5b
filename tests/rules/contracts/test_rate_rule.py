"""The tier of one worklog: critical or not, in business hours or not, in the contract's own time zone."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from models.contracts.rate_rule import RateRule, Tier, billable_seconds, is_critical
from models.contracts.worklog import Worklog
from tests.fixtures.invoices import MONDAY, SATURDAY, TASHKENT, single_contract, utc, worklog

RULE = RateRule()
SUNDAY = date(2026, 2, 8)


def at(clock: str, day: date = MONDAY, *, critical: bool = False) -> Worklog:
    moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=TASHKENT)
    return worklog(at=moment, issue_type="Incident" if critical else "Task", priority="P2")


@pytest.mark.parametrize(
    ("log", "tier"),
    [
        (at("12:00"), Tier.STANDARD),
        (at("12:00", critical=True), Tier.CRITICAL),
        (at("20:00"), Tier.OFF_HOURS),
        (at("20:00", critical=True), Tier.CRITICAL_OFF_HOURS),
        # both ends belong to business hours
        (at("09:00"), Tier.STANDARD),
        (at("08:59:59"), Tier.OFF_HOURS),
        (at("18:00"), Tier.STANDARD),
        (at("18:00:01"), Tier.OFF_HOURS),
        (at("00:00"), Tier.OFF_HOURS),
        # the weekend is off hours at noon, too
        (at("12:00", SATURDAY), Tier.OFF_HOURS),
        (at("12:00", SUNDAY, critical=True), Tier.CRITICAL_OFF_HOURS),
        # a worklog without a start time is tested for the weekend only
        (worklog(day=MONDAY), Tier.STANDARD),
        (worklog(day=SATURDAY), Tier.OFF_HOURS),
        (worklog(day=MONDAY, issue_type="Incident", priority="P1"), Tier.CRITICAL),
        # months begin and end on weekends here: 31 January 2026 is a Saturday, 1 March a Sunday
        (worklog(day=date(2026, 1, 31)), Tier.OFF_HOURS),
        (worklog(day=date(2026, 3, 1)), Tier.OFF_HOURS),
        (worklog(day=date(2026, 2, 27)), Tier.STANDARD),
    ],
)
def test_tier(log: Worklog, tier: Tier) -> None:
    assert RULE.tier(log) is tier


@pytest.mark.parametrize(
    ("issue_type", "priority", "critical"),
    [
        ("Incident", "P1", True),
        ("Incident", "P2", True),
        ("Incident", "P3", True),
        ("Incident", "P4", False),
        ("Incident", "P5", False),
        ("Incident", "", False),
        ("incident", "P1", False),
        ("Bug", "P1", False),
    ],
)
def test_critical_is_exactly_an_incident_of_the_first_three_priorities(
    issue_type: str, priority: str, critical: bool
) -> None:
    assert is_critical(worklog(issue_type=issue_type, priority=priority)) is critical


def test_business_hours_are_in_the_time_zone_of_the_contract() -> None:
    # 04:00 UTC is 09:00 in Tashkent and 12:00 in Kuala Lumpur; 13:01 UTC is 18:01 and 21:01
    assert RULE.tier(worklog(at=utc("2026-02-02T04:00:00"))) is Tier.STANDARD
    assert RULE.tier(worklog(at=utc("2026-02-02T03:59:00"))) is Tier.OFF_HOURS
    assert RULE.tier(worklog(at=utc("2026-02-02T13:01:00"))) is Tier.OFF_HOURS
    abroad = RateRule(business_hours_tz="America/New_York")
    assert abroad.tier(worklog(at=utc("2026-02-02T13:01:00"))) is Tier.OFF_HOURS  # 08:01
    assert abroad.tier(worklog(at=utc("2026-02-02T14:00:00"))) is Tier.STANDARD  # 09:00


def test_the_weekend_begins_at_local_midnight() -> None:
    wide = RateRule.model_validate({"business_hours_start": "00:00", "business_hours_end": "23:59:59"})
    # Friday 19:00 UTC is Saturday 00:00 in Tashkent, Sunday 19:00 UTC is Monday
    assert not wide.is_off_hours(worklog(at=utc("2026-02-06T18:59:00")))
    assert wide.is_off_hours(worklog(at=utc("2026-02-06T19:00:00")))
    assert wide.is_off_hours(worklog(at=utc("2026-02-08T18:59:00")))
    assert not wide.is_off_hours(worklog(at=utc("2026-02-08T19:00:00")))


def test_the_weekend_is_that_of_the_contract() -> None:
    gulf = RateRule(weekend_days=(5, 6))
    friday = MONDAY + timedelta(days=4)
    assert gulf.tier(worklog(day=friday)) is Tier.OFF_HOURS
    assert gulf.tier(worklog(day=SUNDAY)) is Tier.STANDARD


def test_multipliers_and_their_defaults() -> None:
    assert {tier: RULE.multiplier(tier) for tier in Tier} == {
        Tier.STANDARD: Decimal(1),
        Tier.OVERTIME: Decimal(1),
        Tier.OFF_HOURS: Decimal(1),
        Tier.CRITICAL: Decimal(1),
        Tier.CRITICAL_OFF_HOURS: Decimal("1.5"),
    }


def test_a_contract_without_a_rule_bills_at_its_own_rate_and_limit() -> None:
    rule = RateRule.of(single_contract())
    assert (rule.base_hourly_rate, rule.monthly_limit_hours) == (Decimal(150000), Decimal(40))


@pytest.mark.parametrize(("logged", "billed"), [(0, 1800), (1, 1800), (1799, 1800), (1800, 1800), (1801, 1801)])
def test_each_worklog_counts_at_least_half_an_hour(logged: int, billed: int) -> None:
    assert billable_seconds(worklog(seconds=logged)) == billed
