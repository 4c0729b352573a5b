"""Billing periods and due dates at the edges of the calendar."""

from datetime import date

import pytest
from pydantic import ValidationError

from models.values.period import Period, due_date, local_day, local_moment
from tests.fixtures.invoices import utc


@pytest.mark.parametrize(
    ("year", "month", "last"), [(2024, 2, 29), (2026, 2, 28), (2000, 2, 29), (2100, 2, 28), (2026, 12, 31)]
)
def test_a_month_ends_on_its_last_day(year: int, month: int, last: int) -> None:
    period = Period.month(year, month)
    assert (period.start, period.end) == (date(year, month, 1), date(year, month, last))
    assert period.is_month


def test_a_month_is_parsed() -> None:
    assert Period.parse("2026-02") == Period(start=date(2026, 2, 1), end=date(2026, 2, 28))
    for wrong in ("2026-13", "2026-00", "2026-2", "1999-12", "02.2026", " 2026-02", "2026-02\n", "2026-0２", ""):
        with pytest.raises(ValueError, match=r"^must be a month such as 2026-02$"):
            Period.parse(wrong)


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2026, 3, 1), "2026-02"),
        (date(2026, 3, 31), "2026-02"),
        (date(2026, 1, 1), "2025-12"),
        (date(2024, 3, 15), "2024-02"),
    ],
)
def test_the_month_before(day: date, label: str) -> None:
    assert Period.before(day).label == label


def test_a_part_of_a_month_is_named_by_its_days() -> None:
    part = Period(start=date(2026, 2, 1), end=date(2026, 2, 14))
    assert (part.label, part.title) == ("2026-02-01_2026-02-14", "2026-02-01 to 2026-02-14")
    assert Period.month(2026, 2).title == "February 2026"


def test_a_period_ends_after_its_start_and_within_a_year() -> None:
    with pytest.raises(ValidationError, match="before it starts"):
        Period(start=date(2026, 2, 2), end=date(2026, 2, 1))
    with pytest.raises(ValidationError, match="one year"):
        Period(start=date(2026, 1, 1), end=date(2027, 2, 1))
    assert Period(start=date(2026, 2, 1), end=date(2026, 2, 1)).label == "2026-02-01_2026-02-01"


def test_terms_are_counted_in_calendar_days() -> None:
    # March has 31 days: 1 March + 45 = 15 April
    assert due_date(date(2026, 3, 1), 45) == date(2026, 4, 15)
    assert due_date(date(2024, 2, 28), 1) == date(2024, 2, 29)


def test_days_are_those_of_the_time_zone() -> None:
    # Tashkent is five hours ahead of UTC: 19:00 UTC is midnight there.

    assert local_day(utc("2026-02-28T18:59:59"), "Asia/Tashkent") == date(2026, 2, 28)
    assert local_day(utc("2026-02-28T19:00:00"), "Asia/Tashkent") == date(2026, 3, 1)
    assert local_moment(date(2026, 3, 1), 0, "Asia/Tashkent") == utc("2026-02-28T19:00:00")
