"""The months that the demo covers, and their working days."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

FULL_MONTHS = 6


@dataclass(frozen=True)
class Month:
    first: date
    last: date  # yesterday, in the current month

    @property
    def share(self) -> Fraction:
        """Return the part of the month that is over."""
        return Fraction(len(self.days), monthrange(self.first.year, self.first.month)[1])

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]

    @property
    def business_days(self) -> list[date]:
        return [day for day in self.days if day.isoweekday() < 6]

    @property
    def weekend(self) -> list[date]:
        return [day for day in self.days if day.isoweekday() >= 6]


def months_to(today: date) -> tuple[Month, ...]:
    """Return six full months and the current one, which is empty on its first day."""
    firsts = list(_firsts_back_from(today.replace(day=1)))[::-1]
    full = [Month(first, after - timedelta(1)) for first, after in pairwise(firsts)]
    return (*full, Month(firsts[-1], today - timedelta(1)))


def _firsts_back_from(first: date) -> Iterator[date]:
    for _ in range(FULL_MONTHS + 1):
        yield first
        first = (first - timedelta(1)).replace(day=1)
