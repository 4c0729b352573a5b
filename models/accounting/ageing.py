"""Ageing of open balances: the days late, and the bucket of an amount (docs/specification/dashboard.md 2)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

Age = Literal["0", "1-30", "31-60", "61-90", "90+"]

# Each bucket and its largest number of days late. The bucket `OLDEST` contains the rest.
AGES: Sequence[tuple[Age, int]] = (("0", 0), ("1-30", 30), ("31-60", 60), ("61-90", 90))
OLDEST: Age = "90+"
BUCKETS: Sequence[Age] = (*(name for name, _ in AGES), OLDEST)

DUE_SOON_DAYS = 7


def days_late(due: date | None, as_of: date) -> int:
    """Return the days since the due date, which itself is not late; 0 without a due date."""
    return max((as_of - due).days, 0) if due else 0


def age(due: date | None, as_of: date) -> Age:
    """Return the bucket of an amount that is due on the day `due`."""
    late = days_late(due, as_of)
    return next((name for name, most in AGES if late <= most), OLDEST)


def due_dates(bucket: Age, as_of: date) -> tuple[date | None, date | None]:
    """Return the earliest and the latest due date of the bucket, None where it has no end."""
    largest = dict(AGES)
    fewest = 0 if bucket == BUCKETS[0] else largest[BUCKETS[BUCKETS.index(bucket) - 1]] + 1
    most = largest.get(bucket)
    return (
        None if most is None else as_of - timedelta(days=most),
        None if fewest == 0 else as_of - timedelta(days=fewest),
    )


def is_due_soon(due: date | None, as_of: date) -> bool:
    """Return whether the amount is due today or within the next `DUE_SOON_DAYS` days."""
    return due is not None and as_of <= due <= as_of + timedelta(days=DUE_SOON_DAYS)
