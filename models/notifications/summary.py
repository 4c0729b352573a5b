"""The daily summary: what waits, is blocked or overdue, and what was paid or unusual since the summary before."""

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from models.values.base_models import Frozen

WEEK = 7


class Line(StrEnum):
    """The lines of the summary, in their order."""

    REVIEW = "review"
    SIGNATURE = "signature"
    BLOCKED = "blocked"
    OVERDUE = "overdue"
    PAID = "paid"
    ANOMALIES = "anomalies"  # vendor bills with something unusual; only shown if there are some


class Figure(Frozen):
    """One line of the summary in one currency."""

    line: Line
    currency: str
    count: int
    amount: Decimal


class Summary(Frozen):
    """The summary of one day. `paid` and `anomalies` count what came from `paid_from` to the day before."""

    day: date
    paid_from: date
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = Field(default=(), description="what is unusual about vendor bills, the worst bills first")

    @property
    def key(self) -> str:
        return summary_key(self.day)

    def of(self, line: str) -> tuple[Figure, ...]:
        """Return the figures of a line, one for each currency."""
        return tuple(figure for figure in self.figures if figure.line == line)

    def count(self, line: str) -> int:
        return sum(figure.count for figure in self.of(line))


def summary_key(day: date) -> str:
    """Return the key of the message, so that a day has one summary."""
    return f"summary:{day}"


def paid_from(day: date, weekdays: Collection[int]) -> date:
    """Return the first day whose payments are in the summary of a day: that of the summary before."""
    return next(
        (before for back in range(1, WEEK + 1) if (before := day - timedelta(days=back)).weekday() in weekdays),
        day - timedelta(days=1),
    )
