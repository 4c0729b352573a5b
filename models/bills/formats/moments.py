"""Dates and times as vendors write them, in UTC. See docs/specification/bills.md 4."""

import re
from datetime import UTC, date, datetime, timedelta

from models.values.period import YEARS

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.([0-9]{1,9}))?"
    r" ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_AMERICAN_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_MONTH = re.compile(r"([0-9]{4})-?([0-9]{2})")
_LAST_SECOND = (23, 59, 59)


def moment(text: str) -> datetime:
    """Return the moment, in UTC where no offset stands beside it; a day is its beginning.

    Days are `2026-05-01`, `9/21/2023` (month first) or `01.12.2025`. Raises ValueError with the reason.
    """
    found = day_of(text)
    if found is not None:
        return datetime(found.year, found.month, found.day, tzinfo=UTC)
    parts = _ISO.fullmatch(text)
    if parts is None:
        raise ValueError("it is no date and no time such as 2026-05-01T00:00:00Z")
    fraction = f".{parts[3]:0<6.6}" if parts[3] else ""
    zone = "+00:00" if parts[4] in (None, "Z", "UTC") else parts[4]
    return _in_range(datetime.fromisoformat(f"{parts[1]}T{parts[2]}{fraction}{zone}").astimezone(UTC))


def end_moment(text: str, *, inclusive_day: bool) -> datetime:
    """Return the exclusive end. 23:59:59 is raised by a second, and a day that is the last one by a day."""
    end = moment(text)
    if (end.hour, end.minute, end.second) == _LAST_SECOND:
        return end.replace(microsecond=0) + timedelta(seconds=1)
    return end + timedelta(days=1) if inclusive_day and day_of(text) is not None else end


def day_of(text: str) -> date | None:
    """Return the day that the text is; None if it is a time or anything else."""
    if found := _ISO_DAY.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := _GERMAN_DAY.fullmatch(text):
        return _day(found[3], found[2], found[1])
    if found := _AMERICAN_DAY.fullmatch(text):
        return _day(found[3], found[1], found[2])
    return None


def month_of(text: str) -> date | None:
    """Return the first day of the month that the text is (`202607`, `2026-07`); None if it is no month."""
    found = _MONTH.fullmatch(text)
    return _day(found[1], found[2], "1") if found else None


def month_after(day: date) -> date:
    """Return the first day of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _day(year: str, month: str, day: str) -> date:
    return _in_range(datetime(int(year), int(month), int(day), tzinfo=UTC)).date()


def _in_range(found: datetime) -> datetime:
    if found.year not in YEARS:
        raise ValueError(f"its year is not between {YEARS[0]} and {YEARS[-1]}")
    return found
