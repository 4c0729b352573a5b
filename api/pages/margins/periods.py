"""The ranges of months that the margin pages offer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.languages import N_
from api.pages.lists import Asked
from api.pages.rendering import url_query
from models.values.period import Period

_RANGES = ((1, N_("1 month")), (3, N_("3 months")), (6, N_("6 months")), (12, N_("12 months")))


@dataclass(frozen=True)
class MonthRange:
    """A range that ends with the last full month, its address, and whether it is shown."""

    label: str
    address: str
    is_here: bool


def month_ranges(wanted: Asked[Any], shown: Period, today: date) -> list[MonthRange]:
    """Return the ranges of full months before today."""
    last = Period.before(today)
    found = []
    for count, label in _RANGES:
        first = _months_before(last, count - 1)
        query = url_query(wanted.with_(period_from=first.label, period_to=last.label))
        is_here = (shown.start, shown.end) == (first.start, last.end)
        found.append(MonthRange(label, wanted.address + query, is_here))
    return found


def _months_before(month: Period, count: int) -> Period:
    for _ in range(count):
        month = Period.before(month.start)
    return month
