"""Periods outside a contract's dates, work logged there, and periods that are not over."""

from datetime import date
from typing import Any

import pytest

from models.billing.contract_dates import reason_outside
from models.billing.draft import draft
from models.contracts.contract import Contract, DealType
from models.values.period import Period
from tests.fixtures.invoices import FEBRUARY, ISSUED_ON, contract, drafted, single_contract, terms, workdays, worklog

QUARTER = Period(start=date(2026, 1, 1), end=date(2026, 3, 31))


def running(start: str = "2025-01-01", finish: str | None = None, **changes: Any) -> Contract:
    return single_contract(start_date=start, finish_date=finish, **changes)


@pytest.mark.parametrize(
    ("start", "finish", "words"),
    [
        ("2024-01-01", "2025-12-31", "ended on 2025-12-31"),
        ("2024-01-01", "2026-01-31", "ended on 2026-01-31"),  # the day before the period
        ("2026-03-01", None, "starts on 2026-03-01"),  # the day after the period
        ("2027-01-01", "2027-12-31", "starts on 2027-01-01"),
        ("2026-02-20", "2026-02-10", "2026-02-10, is before its start date, 2026-02-20"),
    ],
)
@pytest.mark.parametrize("deal", list(DealType))
def test_a_period_without_a_day_of_the_contract(start: str, finish: str | None, words: str, deal: DealType) -> None:
    assert words in (reason_outside(running(start, finish), FEBRUARY) or "")
    content = drafted(contract(workdays(30), deal, start_date=start, finish_date=finish))
    assert [each for each in content.warnings if words in each]


@pytest.mark.parametrize(
    ("start", "finish"),
    [
        ("2026-02-28", None),  # only the last day
        ("2020-01-01", "2026-02-01"),  # only the first day
        ("2026-02-01", "2026-02-28"),
        ("2025-01-01", None),
        ("2025-01-01", "1970-01-01"),  # what ClickHouse has where no date was entered
        ("1970-01-01", None),
    ],
)
def test_one_day_of_the_contract_is_enough(start: str, finish: str | None) -> None:
    assert reason_outside(running(start, finish), FEBRUARY) is None


def dates_warning(start: str, finish: str | None, period: Period, deal: DealType = DealType.SUP) -> str:
    records = contract(workdays(8), deal, start_date=start, finish_date=finish)
    found = draft(records, terms(), period, date(2026, 4, 10)).warnings
    return " ".join(each for each in found if "days of the period" in each)


@pytest.mark.parametrize(
    ("start", "finish", "period", "words"),
    [
        ("2026-02-10", None, FEBRUARY, "9 of the 28 days of the period lie outside the contract's dates: "),
        ("2026-02-10", None, FEBRUARY, "2026-02-01 to 2026-02-09"),
        ("2025-01-01", "2026-02-14", FEBRUARY, "14 of the 28 days"),  # the 15th to the 28th
        ("2025-01-01", "2026-02-14", FEBRUARY, "2026-02-15 to 2026-02-28"),
        # January has 31 days, and 16 to 31 March are 16 days: 47 of 31 + 28 + 31 = 90.
        ("2026-02-01", "2026-03-15", QUARTER, "47 of the 90 days"),
        ("2026-02-01", "2026-03-15", QUARTER, "2026-01-01 to 2026-01-31 and 2026-03-16 to 2026-03-31"),
    ],
)
def test_a_period_partly_outside_is_billed_with_its_days(
    start: str, finish: str | None, period: Period, words: str
) -> None:
    assert words in dates_warning(start, finish, period)


def test_the_base_is_mentioned_where_there_is_one() -> None:
    for deal, mentioned in ((DealType.SUP, True), (DealType.FP, True), (DealType.HR, False)):
        assert ("base amount is charged in full" in dates_warning("2026-02-10", None, FEBRUARY, deal)) is mentioned


def test_a_period_inside_the_dates_has_no_such_warning() -> None:
    for start, finish in (("2025-01-01", None), ("2026-02-01", "2026-02-28")):
        assert drafted(contract(workdays(30), start_date=start, finish_date=finish)).warnings == ()


def test_work_outside_the_dates_stays_billed_with_a_warning() -> None:
    """2 h on the 20th and 1 h on the 26th, after the contract ended on the 14th; 3 h on the 2nd."""
    late = (worklog(2, day=date(2026, 2, 20)), worklog(1, day=date(2026, 2, 26)))
    content = drafted(contract((worklog(3), *late), DealType.HR, finish_date="2026-02-14"))
    assert str(content.totals.total_hours) == "6.00"
    assert any(
        "3.00 hours from 2026-02-20 to 2026-02-26 lie outside the contract's dates" in each for each in content.warnings
    )


@pytest.mark.parametrize(("today", "warns"), [(date(2026, 2, 10), True), (date(2026, 2, 28), True), (ISSUED_ON, False)])
def test_a_period_that_is_not_over(today: date, warns: bool) -> None:
    found = drafted(contract(workdays(30)), invoice_date=today).warnings
    assert any("is not over: its last day is 2026-02-28" in each for each in found) is warns


def test_a_draft_that_is_computed_again_is_judged_by_the_present_day() -> None:
    """It keeps its invoice date, which may lie inside the period."""
    again = draft(contract(workdays(30)), terms(), FEBRUARY, date(2026, 2, 28), today=ISSUED_ON)
    assert again.warnings == ()
