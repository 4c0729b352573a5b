"""Dates and times as vendors write them (docs/specification/bills.md 4)."""

from datetime import UTC, date, datetime

import pytest

from models.bills.formats.moments import end_moment, moment, month_after, month_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-01T00:00:00Z", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2026-09-01T00:00:00.000Z", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2024-09-01 13:30:00", datetime(2024, 9, 1, 13, 30, tzinfo=UTC)),
        ("2020-07-22 18:14:39 +0000", datetime(2020, 7, 22, 18, 14, 39, tzinfo=UTC)),
        ("2026-07-31 06:00:00+02:00", datetime(2026, 7, 31, 4, tzinfo=UTC)),
        ("2026-07-31 06:00:00 UTC", datetime(2026, 7, 31, 6, tzinfo=UTC)),
        ("2023-11-13T10:00Z", datetime(2023, 11, 13, 10, tzinfo=UTC)),
        ("2026-07-31 06:00:00.123456789 UTC", datetime(2026, 7, 31, 6, 0, 0, 123456, tzinfo=UTC)),
        ("2020-09-01", datetime(2020, 9, 1, tzinfo=UTC)),
        ("9/2/2023", datetime(2023, 9, 2, tzinfo=UTC)),
        ("09/30/2023", datetime(2023, 9, 30, tzinfo=UTC)),
        ("01.12.2025", datetime(2025, 12, 1, tzinfo=UTC)),
    ],
)
def test_all_spellings_are_read_in_utc(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "30/09/2023", "2026-09-01T25:00:00Z", "yesterday", "0001-01-01", "2199-01-01"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"it is|year|month|day|hour"):
        moment(text)


@pytest.mark.parametrize(
    ("text", "inclusive", "expected"),
    [
        ("2026-05-01 00:00:00 +0000", True, datetime(2026, 5, 1, tzinfo=UTC)),
        ("2020-07-31 23:59:59 +0000", False, datetime(2020, 8, 1, tzinfo=UTC)),
        ("31.12.2025", True, datetime(2026, 1, 1, tzinfo=UTC)),
        ("9/30/2023", True, datetime(2023, 10, 1, tzinfo=UTC)),
        ("2026-10-01", False, datetime(2026, 10, 1, tzinfo=UTC)),
    ],
)
def test_ends_are_exclusive(text: str, inclusive: bool, expected: datetime) -> None:
    assert end_moment(text, inclusive_day=inclusive) == expected


def test_months() -> None:
    assert month_of("202607") == month_of("2026-07") == date(2026, 7, 1)
    assert month_of("2026-07-01") is None
    assert month_after(date(2026, 12, 1)) == date(2027, 1, 1)
    assert month_after(date(2026, 7, 15)) == date(2026, 8, 1)
