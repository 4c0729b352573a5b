"""Billing periods and due dates. These rules read no clock: the caller passes the current day."""

import re
from calendar import month_name, monthrange
from datetime import date, datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from models.values.base_models import Frozen
from models.values.typed_values import DAY_SCHEMA, DAY_TEXT

MAX_LENGTH = timedelta(days=366)
# The time zone in which days and months begin and end. An issuer may set another zone for its own documents.
BILLING_ZONE = "Asia/Tashkent"
# Dates outside this range are rejected as typing errors; far outside it no due date could be computed.
YEARS = range(2000, 2100)
# The limits come before the other annotations, so that they belong to the date and their message shows it as typed.
Day = Annotated[date, Field(ge=date(YEARS[0], 1, 1), le=date(YEARS[-1], 12, 31)), DAY_TEXT, DAY_SCHEMA]


class Period(Frozen):
    """The days that an invoice bills, both inclusive (docs/specification/pricing.md 2.1)."""

    start: date
    end: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"the period ends on {self.end}, before it starts on {self.start}")
        if self.end - self.start > MAX_LENGTH:
            raise ValueError("a period may be one year at the most")
        return self

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.end - self.start).days + 1

    @property
    def is_month(self) -> bool:
        """Return whether the period is exactly one calendar month."""
        return self == Period.month(self.start.year, self.start.month)

    @property
    def label(self) -> str:
        """Return `2026-02` for a calendar month, else `2026-02-01_2026-02-14`. Workflow ids contain it."""
        return f"{self.start:%Y-%m}" if self.is_month else f"{self.start}_{self.end}"

    @property
    def title(self) -> str:
        """Return `February 2026`, as line descriptions print it (docs/specification/pricing.md 5.3)."""
        if self.is_month:
            return f"{month_name[self.start.month]} {self.start.year}"
        return f"{self.start} to {self.end}"

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        """Return the calendar month."""
        return cls(start=date(year, month, 1), end=date(year, month, monthrange(year, month)[1]))

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Return the calendar month that a text such as `2026-02` names.

        Raises ValueError for any other text.
        """
        match = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", text)
        if match is None:
            raise ValueError("must be a month such as 2026-02")
        return cls.month(int(match[1]), int(match[2]))

    @classmethod
    def of_label(cls, text: str) -> "Period":
        """Return the period that has the label, `2026-02` or `2026-02-01_2026-02-14`.

        Raises ValueError for any other text.
        """
        start, mark, end = text.partition("_")
        if not mark:
            return cls.parse(text)
        try:
            days = TypeAdapter(tuple[Day, Day]).validate_python((start, end))
        except ValidationError:
            raise ValueError("must be a month such as 2026-02, or days such as 2026-02-01_2026-02-14") from None
        try:
            return cls(start=days[0], end=days[1])
        except ValidationError as error:
            raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None

    @classmethod
    def before(cls, day: date) -> "Period":
        """Return the calendar month before the month of `day`, which is what a billing run on the 1st bills."""
        last = day.replace(day=1) - timedelta(days=1)
        return cls.month(last.year, last.month)


def local_day(moment: datetime, zone: str) -> date:
    """Return the calendar day of an aware moment in the given time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def is_ahead(day: date, now: datetime, zone: str) -> bool:
    """Return whether the day is in the future. Tomorrow is allowed, because it has begun in zones further east."""
    return day > local_day(now, zone) + timedelta(days=1)


def local_moment(day: date, hour: int, zone: str) -> datetime:
    """Return the moment at which the hour begins on that day in the given time zone."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))


def due_date(base: date, days: int) -> date:
    """Return the last day on which a payment is not late (docs/specification/lifecycle.md 9.1)."""

    return base + timedelta(days=days)


def moments_of(day_from: date | None, day_to: date | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the moments at which the first day begins and the last day has ended; None where no day is given."""
    begin = local_moment(day_from, 0, zone) if day_from else None
    end = local_moment(day_to + timedelta(days=1), 0, zone) if day_to else None
    return begin, end
