"""What an invoice costs: the documentation's own numbers, then one worked example for each rule and each border."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.facts import DealType, Worklog
from models.rates import RateRule
from tests.fixtures.drafts import (
    SATURDAY,
    contract,
    drafted,
    incident,
    terms,
    workdays,
    worklog,
)

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


ABROAD: dict[str, Any] = {
    "currency": "USD",
    "swift_bic": "BOFAUS3N",
    "invoice_amount": D("5000.00"),
    "hourly_rate": D("50.00"),
}

CASES = [
    # The documentation's own numbers (prefill example; its unit tests' 30 and 50 hours).
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
    # each of the two for itself: 2 x 0.50 h
    Case("hr two short worklogs of one issue", HR, [worklog(seconds=600), worklog(seconds=900)], "150000.00",
         hours="1"),
    Case("hr exactly half an hour", HR, [worklog(seconds=1800)], "75000.00", hours="0.50"),
    # 1900 s = 0.527.. -> 0.53 h; 0.53 x 100.01 = 53.0053 -> 53.01
    Case("hr rounds once a line, half up", HR, [worklog(seconds=1900)], "53.01", hours="0.53",
         contract=ABROAD | {"hourly_rate": D("100.01")}),
    # two lines of 0.53 x 100.01 = 53.01 each: 106.02, not round(106.0106)=106.01; hours 3800 s = 1.0555.. -> 1.06
    Case("hr sums rounded lines", HR, [worklog(seconds=1900), worklog(seconds=1900, issue="PROJ-2")], "106.02",
         hours="1.06", contract=ABROAD | {"hourly_rate": D("100.01")}),
    # of 3 h those of two people are not billed
    Case("hr exclusions", HR, [worklog(1), worklog(1, account="boss"), worklog(1, account="trainee")], "150000.00",
         hours="1", terms={"exclusions": {"boss": "overhead_only", "trainee": "excluded"}}),
    # FP: the amount, whatever the hours
    Case("fp many critical hours", FP, [incident(100, day=SATURDAY)], "15000000.00", "15000000.00", hours="100",
         terms={"rate_rule": rule(p1_p3_off_hours_multiplier="3")}),
    Case("fp abroad", FP, (), "5000.00", "5000.00", contract=ABROAD),
    Case("fp empty", FP, (), "15000000.00", "15000000.00"),
    # nothing was done
    Case("sup empty", SUP, (), "0"),
    Case("sup empty, base agreed", SUP, (), "15000000.00", "15000000.00",
         terms={"rate_rule": RateRule(monthly_limit_hours=D(40), bill_base_when_empty=True)}),
    Case("hr empty", HR, (), "0"),
    Case("sup with nothing but excluded work", SUP, [worklog(50, account="boss")], "0",
         terms={"exclusions": {"boss": "excluded"}}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_worked_example(case: Case) -> None:
    content = drafted(contract(case.worklogs, case.deal, **case.contract), terms(**case.terms))
    got = content.totals
    assert got.base_amount == D(case.base)
    assert got.overtime_hours == D(case.overtime_hours)
    assert got.overtime_amount == D(case.overtime)
    assert got.total_hours == D(case.hours)
    assert got.total_amount == D(case.total)
    assert got.is_overtime == (D(case.overtime_hours) > 0)
