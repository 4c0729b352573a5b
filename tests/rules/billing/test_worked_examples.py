"""Worked examples of pricing, one for each rule and each boundary.

The first ones are those of docs/specification/pricing.md 4.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.contracts.rate_rule import RateRule
from models.contracts.worklog import Worklog
from models.values.period import Period
from tests.fixtures.invoices import FEBRUARY, SATURDAY, TASHKENT, contract, drafted, incident, terms, workdays, worklog

D = Decimal
SUP, HR, FP = DealType.SUP, DealType.HR, DealType.FP
ZERO = D("0.00")


def rule(**changes: Any) -> RateRule:
    return RateRule.model_validate(
        {"base_hourly_rate": D("150000.00"), "monthly_limit_hours": D(40)} | {k: D(v) for k, v in changes.items()}
    )


@dataclass(frozen=True)
class Case:
    name: str
    deal: DealType
    worklogs: Sequence[Worklog]
    total: str
    base: str = "0"
    overtime_hours: str = "0"
    overtime: str = "0"
    hours: str = "0"
    contract: dict[str, Any] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    period: Period = FEBRUARY


def at(year: int, month: int, day: int, clock: str) -> datetime:
    return datetime.combine(date(year, month, day), time.fromisoformat(clock), TASHKENT)


LEAP_FEBRUARY = Period.month(2024, 2)
BERLIN = "Europe/Berlin"
SUNDAYS_ONLY = (7,)
ABROAD: dict[str, Any] = {
    "currency": "USD",
    "swift_bic": "BOFAUS3N",
    "invoice_amount": D("5000.00"),
    "hourly_rate": D("50.00"),
}

CASES = [
    # The numbers of docs/specification/pricing.md 4.8 (prefill example; its unit tests' 30 and 50 hours).
    # 45.50 - 40 = 5.50 h; 5.50 x 150,000 = 825,000; 15,000,000 + 825,000
    Case("sup 45.50 h", SUP, [*workdays(40), worklog("5.5", day=date(2026, 2, 16))],
         "15825000.00", "15000000.00", "5.50", "825000.00", "45.50"),
    Case("sup 30 h", SUP, workdays(30), "15000000.00", "15000000.00", hours="30"),
    # 10 x 150,000 = 1,500,000
    Case("sup 50 h", SUP, workdays(50), "16500000.00", "15000000.00", "10", "1500000.00", "50"),
    # SUP around the limit
    Case("sup exactly at the limit", SUP, workdays(40), "15000000.00", "15000000.00", hours="40"),
    # 40 h + 17 s = 40.0047 h -> 40.00: nothing above
    Case("sup seconds above the limit that round away", SUP,
         [*workdays(32), worklog(seconds=8 * 3600 + 17, day=date(2026, 2, 6))],
         "15000000.00", "15000000.00", hours="40.00"),
    # 40 h + 18 s = 40.005 h -> 40.01; 0.01 x 150,000 = 1,500
    Case("sup half a hundredth above the limit", SUP,
         [*workdays(32), worklog(seconds=8 * 3600 + 18, day=date(2026, 2, 6))],
         "15001500.00", "15000000.00", "0.01", "1500.00", "40.01"),
    # 39 h, then one worklog of 3 h lies on both sides: 2 h above
    Case("sup one worklog on both sides", SUP, [*workdays(39), worklog(3, day=date(2026, 2, 10))],
         "15300000.00", "15000000.00", "2", "300000.00", "42"),
    # no limit: 1 h x 150,000
    Case("sup without hours inside", SUP, [worklog(1)], "15150000.00", "15000000.00", "1", "150000.00", "1",
         contract={"monthly_limit": D(0)}),
    # SUP and multipliers
    # 5.50 x 150,000 x 1.5 = 1,237,500
    Case("sup overtime multiplier", SUP, [*workdays(40), worklog("5.5", day=date(2026, 2, 16))],
         "16237500.00", "15000000.00", "5.50", "1237500.00", "45.50",
         terms={"rate_rule": rule(overtime_multiplier="1.5")}),
    Case("sup critical work inside the limit is covered", SUP, [incident(10)], "15000000.00", "15000000.00",
         hours="10", terms={"rate_rule": rule(p1_p3_multiplier="2.0")}),
    # the last 2 h are critical: 2 x 150,000 x max(1.5, 2.0) = 600,000
    Case("sup critical work above the limit", SUP, [*workdays(40), incident(2, day=date(2026, 2, 16))],
         "15600000.00", "15000000.00", "2", "600000.00", "42",
         terms={"rate_rule": rule(overtime_multiplier="1.5", p1_p3_multiplier="2.0")}),
    # the critical 2 h came first and are inside; the last 2 h are standard: 2 x 150,000 x 1.5 = 450,000
    Case("sup time order decides what is above", SUP, [*workdays(40), incident(2, hour=9)],
         "15450000.00", "15000000.00", "2", "450000.00", "42",
         terms={"rate_rule": rule(overtime_multiplier="1.5", p1_p3_multiplier="2.0")}),
    # above: 1 h standard x 1.0 + 1 h critical on a Saturday x 1.5 = 150,000 + 225,000
    Case("sup two multipliers above", SUP,
         [*workdays(40), worklog(1, day=date(2026, 2, 13)), incident(1, day=date(2026, 2, 14))],
         "15375000.00", "15000000.00", "2", "375000.00", "42"),
    # SUP abroad
    # 2 x 50 = 100; 5,000 + 100
    Case("sup abroad", SUP, workdays(42), "5100.00", "5000.00", "2", "100.00", "42", contract=ABROAD),
    Case("sup abroad without an amount of its own", SUP, workdays(8), "15000000.00", "15000000.00", hours="8",
         contract=ABROAD | {"invoice_amount": D(0)}),
    Case("sup in UZS with a SWIFT code is abroad", SUP, workdays(8), "7000.00", "7000.00", hours="8",
         contract={"swift_bic": "BOFAUS3N", "invoice_amount": D(7000)}),
    Case("sup at home ignores the amount for abroad", SUP, workdays(8), "15000000.00", "15000000.00", hours="8",
         contract={"swift_bic": "UZ", "invoice_amount": D(7000)}),
    # HR: every hour
    # 2 x 150,000 + 1 x 150,000 x 1.25 = 300,000 + 187,500
    Case("hr with a Saturday", HR, [worklog(2), worklog(1, day=SATURDAY)], "487500.00", hours="3",
         terms={"rate_rule": rule(off_hours_multiplier="1.25")}),
    # 1 x 1 + 1 x 2 + 1 x 1.25 + 1 x 3 = 7.25 h's worth: 7.25 x 150,000
    Case("hr each tier", HR, [worklog(1), incident(1), worklog(1, day=SATURDAY, issue="PROJ-2"),
                              incident(1, day=SATURDAY)], "1087500.00", hours="4",
         terms={"rate_rule": rule(p1_p3_multiplier="2", off_hours_multiplier="1.25", p1_p3_off_hours_multiplier="3")}),
    # ten minutes count as thirty: 0.50 x 150,000
    Case("hr short worklog", HR, [worklog(seconds=600)], "75000.00", hours="0.50"),
    # each worklog counts separately: 2 x 0.50 h
    Case("hr two short worklogs of one issue", HR, [worklog(seconds=600), worklog(seconds=900)], "150000.00",
         hours="1"),
    Case("hr exactly half an hour", HR, [worklog(seconds=1800)], "75000.00", hours="0.50"),
    # 1900 s = 0.527.. -> 0.53 h; 0.53 x 100.01 = 53.0053 -> 53.01
    Case("hr rounds once a line, half up", HR, [worklog(seconds=1900)], "53.01", hours="0.53",
         contract=ABROAD | {"hourly_rate": D("100.01")}),
    # two lines of 0.53 x 100.01 = 53.01 each: 106.02, not round(106.0106)=106.01; hours 3800 s = 1.0555.. -> 1.06
    Case("hr sums rounded lines", HR, [worklog(seconds=1900), worklog(seconds=1900, issue="PROJ-2")], "106.02",
         hours="1.06", contract=ABROAD | {"hourly_rate": D("100.01")}),
    # of 3 h, the work of two people is not billed
    Case("hr exclusions", HR, [worklog(1), worklog(1, account="boss"), worklog(1, account="trainee")], "150000.00",
         hours="1", terms={"exclusions": {"boss": "overhead_only", "trainee": "excluded"}}),
    # FP: the amount, whatever the hours
    Case("fp many critical hours", FP, [incident(100, day=SATURDAY)], "15000000.00", "15000000.00", hours="100",
         terms={"rate_rule": rule(p1_p3_off_hours_multiplier="3")}),
    Case("fp abroad", FP, (), "5000.00", "5000.00", contract=ABROAD),
    Case("fp empty", FP, (), "15000000.00", "15000000.00"),
    # periods without billable worklogs
    Case("sup empty", SUP, (), "0"),
    Case("sup empty, base agreed", SUP, (), "15000000.00", "15000000.00",
         terms={"rate_rule": RateRule(monthly_limit_hours=D(40), bill_base_when_empty=True)}),
    Case("hr empty", HR, (), "0"),
    Case("sup with nothing but excluded work", SUP, [worklog(50, account="boss")], "0",
         terms={"exclusions": {"boss": "excluded"}}),
    Case("hr with nothing but overhead", HR, [worklog(3, account="boss")], "0",
         terms={"exclusions": {"boss": "overhead_only"}}),
    # more of SUP around the limit
    # 39.75 h, then two worklogs of ten minutes that count as 0.50 h each: 40.75 - 40 = 0.75 h; 0.75 x 150,000 = 112,500
    Case("sup short worklogs cross the limit", SUP,
         [*workdays(39), worklog("0.75", day=date(2026, 2, 9)), worklog(seconds=600, day=date(2026, 2, 10)),
          worklog(seconds=600, day=date(2026, 2, 11))],
         "15112500.00", "15000000.00", "0.75", "112500.00", "40.75"),
    # 40 - 37.5 = 2.5 h; 2.5 x 150,000 = 375,000
    Case("sup a limit of half hours", SUP, workdays(40), "15375000.00", "15000000.00", "2.50", "375000.00", "40",
         terms={"rate_rule": rule(monthly_limit_hours="37.5")}),
    # the five hours of an excluded person do not count towards the limit: 40 h, nothing above
    Case("sup exclusions fill no limit", SUP, [*workdays(40), worklog(5, account="boss")],
         "15000000.00", "15000000.00", hours="40", terms={"exclusions": {"boss": "overhead_only"}}),
    # a linked support task counts like any other: 39 + 2 = 41 h; 1 x 150,000
    Case("sup a linked task counts once", SUP,
         [*workdays(39), worklog(2, issue="SUP-9", linked="PROJ-1", day=date(2026, 2, 9))],
         "15150000.00", "15000000.00", "1", "150000.00", "41"),
    # 2 h above on a Saturday: 2 x 50 x max(1.5 overtime, 1.25 off-hours) = 150; 5,000 + 150
    Case("sup abroad, a Saturday above the limit", SUP, [*workdays(40), worklog(2, day=date(2026, 2, 14))],
         "5150.00", "5000.00", "2", "150.00", "42", contract=ABROAD,
         terms={"rate_rule": rule(base_hourly_rate="50.00", overtime_multiplier="1.5", off_hours_multiplier="1.25")}),
    # 2 h above on a Saturday: 2 x 50 x max(1.5 overtime, 3 off-hours) = 300; 5,000 + 300
    Case("sup abroad, a higher Saturday rate above the limit", SUP, [*workdays(40), worklog(2, day=date(2026, 2, 14))],
         "5300.00", "5000.00", "2", "300.00", "42", contract=ABROAD,
         terms={"rate_rule": rule(base_hourly_rate="50.00", overtime_multiplier="1.5", off_hours_multiplier="3")}),
    # HR and its tiers
    # nine and six o'clock are business hours, a second outside is not: 2 x 150,000 + 2 x 150,000 x 2
    Case("hr the edges of the day", HR,
         [worklog(1, at=at(2026, 2, 2, clock), worklog_id=clock) for clock in
          ("09:00:00", "18:00:00", "08:59:59", "18:00:01")],
         "900000.00", hours="4", terms={"rate_rule": rule(off_hours_multiplier="2")}),
    # 12:30 in Tashkent is 08:30 in Berlin, before nine: 1 x 150,000 x 1.25
    Case("hr the day of the contract's zone", HR, [worklog(1, at=at(2026, 2, 2, "12:30"))], "187500.00", hours="1",
         terms={"rate_rule": rule(off_hours_multiplier="1.25").model_copy(update={"business_hours_tz": BERLIN})}),
    # Saturday is a working day there: 1 x 150,000, and Sunday 1 x 150,000 x 1.25
    Case("hr a weekend of one day", HR, [worklog(1, day=SATURDAY), worklog(1, day=date(2026, 2, 8))],
         "337500.00", hours="2",
         terms={"rate_rule": rule(off_hours_multiplier="1.25").model_copy(update={"weekend_days": SUNDAYS_ONLY})}),
    # 2 x 150,000 x 1.5, the default of critical work at night
    Case("hr critical at night", HR, [incident(2, hour=22)], "450000.00", hours="2"),
    # an incident of P4, and a task of P1, are not critical: 2 x 150,000
    Case("hr neither is critical", HR,
         [worklog(1, issue_type="Incident", priority="P4"), worklog(1, issue="PROJ-2", priority="P1")],
         "300000.00", hours="2", terms={"rate_rule": rule(p1_p3_multiplier="3")}),
    # an incident without a time of day, on a Monday, is critical and no more: 1 x 150,000 x 2
    Case("hr critical without a time of day", HR, [worklog(1, issue_type="Incident", priority="P3")],
         "300000.00", hours="1", terms={"rate_rule": rule(p1_p3_multiplier="2", p1_p3_off_hours_multiplier="3")}),
    # 7.33 x 42.37 = 310.5721 -> 310.57
    Case("hr in euro", HR, [worklog("7.33")], "310.57", hours="7.33",
         contract=ABROAD | {"currency": "EUR", "hourly_rate": D("42.37")}),
    # 0.50 x 150,000.01 = 75,000.005 -> 75,000.01: half a tiyin goes up
    Case("hr half a hundredth goes up", HR, [worklog("0.5")], "75000.01", hours="0.50",
         contract={"hourly_rate": D("150000.01")}),
    # months and their boundaries
    # Thursday 29 February 2024 is a day like any other: 40 + 2 = 42 h; 2 x 150,000
    Case("sup in a leap February", SUP, [worklog(40, day=date(2024, 2, 1)), worklog(2, day=date(2024, 2, 29))],
         "15300000.00", "15000000.00", "2", "300000.00", "42", period=LEAP_FEBRUARY),
    # Saturday 29 February 2020: 2 x 150,000 x 1.25
    Case("hr on a leap day that is a Saturday", HR, [worklog(2, day=date(2020, 2, 29))], "375000.00", hours="2",
         terms={"rate_rule": rule(off_hours_multiplier="1.25")}, period=Period.month(2020, 2)),
    # a month of 29 days, or 31, costs what one of 28 does
    Case("fp in a leap February", FP, [worklog(8, day=date(2024, 2, 29))], "15000000.00", "15000000.00", hours="8",
         period=LEAP_FEBRUARY),
    Case("fp in a long month", FP, (), "15000000.00", "15000000.00", period=Period.month(2026, 1)),
    Case("hr empty leap February", HR, (), "0", period=LEAP_FEBRUARY),
    # began on Friday 30 January at 22:30, went on past midnight, and all of it is Friday night: 3 x 150,000 x 1.25
    Case("hr a night over the end of a day", HR, [worklog(3, at=at(2026, 1, 30, "22:30"))], "562500.00", hours="3",
         terms={"rate_rule": rule(off_hours_multiplier="1.25")}, period=Period.month(2026, 1)),
    # 00:30 on Friday 1 May in Tashkent is 30 April in UTC; it is May's, and off-hours: 1 x 150,000 x 1.25
    Case("hr the first half hour of a month", HR, [worklog(1, at=at(2026, 5, 1, "00:30"))], "187500.00", hours="1",
         terms={"rate_rule": rule(off_hours_multiplier="1.25")}, period=Period.month(2026, 5)),
    # from Sunday 1 to Saturday 14 February: the base is not cut; 41 h, 1 x 150,000
    Case("sup half a month has the whole base", SUP, [*workdays(40), worklog(1, day=date(2026, 2, 13))],
         "15150000.00", "15000000.00", "1", "150000.00", "41",
         period=Period(start=date(2026, 2, 1), end=date(2026, 2, 14))),
]  # fmt: skip


def test_the_examples_cover_all_deal_types() -> None:
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
    assert {case.deal for case in CASES} == set(DealType)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_worked_example(case: Case) -> None:
    content = drafted(contract(case.worklogs, case.deal, **case.contract), terms(**case.terms), case.period)
    totals = content.totals
    assert totals.base_amount == D(case.base)
    assert totals.overtime_hours == D(case.overtime_hours)
    assert totals.overtime_amount == D(case.overtime)
    assert totals.total_hours == D(case.hours)
    assert totals.total_amount == D(case.total)


@pytest.mark.parametrize(
    ("deal", "worked", "expected"),
    [
        (SUP, "45.5", True),  # the documentation's prefill: "is_overtime": true
        (SUP, "40.02", True),
        (SUP, "40", False),
        (HR, "45.5", False),
        (FP, "45.5", False),
    ],
)
def test_only_support_above_its_limit_is_overtime(deal: DealType, worked: str, expected: bool) -> None:
    assert drafted(contract([worklog(worked)], deal)).totals.is_overtime is expected
