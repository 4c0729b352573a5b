"""Billing periods and due dates: calendar dates only, no clock; the caller says what day it is."""

import re
from calendar import month_name, monthrange
from datetime import date, datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from models.values.base_models import Frozen

LONGEST = timedelta(days=366)
# A month is over, and a day begins, as it does here; an issuer may say otherwise for its own documents.
BILLING_ZONE = "Asia/Tashkent"
# A date outside is a slip of the pen, and far outside it a due date could not be computed.
YEARS = range(2000, 2100)
Day = Annotated[date, Field(ge=date(YEARS[0], 1, 1), le=date(YEARS[-1], 12, 31))]


class Period(Frozen):
    """Both days inclusive (docs/specification/pricing.md 2.1)."""

    start: date
    end: date

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"the period ends on {self.end}, before it starts on {self.start}")
        if self.end - self.start > LONGEST:
            raise ValueError("a period may be one year at the most")
        return self

    @property
    def is_month(self) -> bool:
        return self == Period.month(self.start.year, self.start.month)

    @property
    def label(self) -> str:
        """`2026-02` for a calendar month, else `2026-02-01_2026-02-14`; fit for a workflow id."""
        return f"{self.start:%Y-%m}" if self.is_month else f"{self.start}_{self.end}"

    @property
    def title(self) -> str:
        """`February 2026`, as line descriptions say it (docs/specification/pricing.md 5.3)."""
        if self.is_month:
            return f"{month_name[self.start.month]} {self.start.year}"
        return f"{self.start} to {self.end}"

    @classmethod
    def month(cls, year: int, month: int) -> "Period":
        return cls(start=date(year, month, 1), end=date(year, month, monthrange(year, month)[1]))

    @classmethod
    def parse(cls, text: str) -> "Period":
        """The calendar month `2026-02`. Raises ValueError, with what to write instead."""
        found = re.fullmatch(r"(20[0-9]{2})-(0[1-9]|1[0-2])", text)
        if found is None:
            raise ValueError("must be a month such as 2026-02")
        return cls.month(int(found[1]), int(found[2]))

    @classmethod
    def before(cls, day: date) -> "Period":
        """The calendar month before the one `day` is in: what a run on the 1st bills."""
        last = day.replace(day=1) - timedelta(days=1)
        return cls.month(last.year, last.month)


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day of an aware moment in the issuer's zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def local_moment(day: date, hour: int, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))


def due_date(base: date, days: int) -> date:
    """Base date + terms; that day itself is not late (docs/specification/lifecycle.md 9.1)."""
    return base + timedelta(days=days)
