"""The patterns by which number series print their numbers, such as `ACT-{seq}` or `INV-{year}-{seq:04d}`."""

import re
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import product
from string import Formatter

FIELDS = ("seq", "year", "month")
MAX_LENGTH = 50
_PADDING = re.compile(r"(0[1-9])?d?")
_SAMPLE_YEARS = (2026, 2027)
_SAMPLE_NUMBERS = (*range(1, 130), 1111, 1202, 12026)
_UNFIT = re.compile(r"[\x00-\x1f/\\]")


class Reset(StrEnum):
    """When the numbers of a series begin anew. The invoice date selects the numbering period."""

    NEVER = "never"
    YEAR = "year"
    MONTH = "month"


def numbering_period(reset: Reset, day: date) -> str:
    """Return the numbering period of the day: `2026`, `2026-03`, or an empty text for a series that never resets."""
    match reset:
        case Reset.NEVER:
            return ""
        case Reset.YEAR:
            return f"{day:%Y}"
        case Reset.MONTH:
            return f"{day:%Y-%m}"


def last_used(reset: Reset, last_number: int, counted_in: str, period: str, highest_issued: int) -> int:
    """Return the last number that was used in the numbering period.

    `last_number` counts in the period `counted_in`. A series that resets counts what it has issued in the period too; a
    series that never does counts `last_number` alone (docs/specification/numbering.md 3.1).
    """
    counted = last_number if period == counted_in else 0
    return counted if reset is Reset.NEVER else max(counted, highest_issued)


class PatternRefused(ValueError):
    """A pattern cannot be used; the message says why."""


def check_pattern(pattern: str) -> None:
    """Raise PatternRefused unless the pattern prints a different number for each `seq`."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        raise PatternRefused(f"The pattern {pattern!r} cannot be read: {error}.") from error
    fields = [field for _, field, _, _ in parts if field is not None]
    if unknown := [field for field in fields if field not in FIELDS]:
        raise PatternRefused(
            f"The pattern {pattern!r} uses {{{unknown[0]}}}; it may use {{seq}}, {{year}} and {{month}}."
        )
    if "seq" not in fields:
        raise PatternRefused(f"The pattern {pattern!r} has no {{seq}}, so all its numbers would be the same.")
    for _, field, padding, conversion in parts:
        if conversion or not _PADDING.fullmatch(padding or ""):
            raise PatternRefused(f"In the pattern {pattern!r} only padding may follow {field}, as in {{{field}:04d}}.")
    if _UNFIT.search(pattern):
        raise PatternRefused(f"The pattern {pattern!r} has a slash or a control character, but file names contain it.")


def display_number(pattern: str, seq: int, invoice_date: date) -> str:
    """Return the printed number. Raises PatternRefused."""
    check_pattern(pattern)
    display = pattern.format(seq=seq, year=invoice_date.year, month=invoice_date.month)
    if len(display) > MAX_LENGTH:
        raise PatternRefused(f"The number {display} is longer than {MAX_LENGTH} characters.")
    return display


@lru_cache(maxsize=100)
def check_reset(pattern: str, reset: Reset) -> None:
    """Raise PatternRefused if the pattern could print one number in two numbering periods of the series.

    The series are read for many pages, and to print thousands of numbers takes 10 ms, so patterns that passed are kept.
    """
    if reset is Reset.NEVER:
        return
    needed = {Reset.YEAR: {"year"}, Reset.MONTH: {"year", "month"}}[reset]
    missing = sorted(needed - {field for _, field, _, _ in Formatter().parse(pattern) if field})
    if missing:
        raise PatternRefused(
            f"The numbers begin anew each {reset}, so the pattern {pattern!r} needs {{{missing[0]}}}; otherwise two "
            "documents would have the same number."
        )
    # The first numbers of two years show whether the digits of two fields run into each other.
    months = range(1, 13)
    days = [date(year, month, 1) for year, month in product(_SAMPLE_YEARS, months)]
    printed: dict[str, tuple[str, int]] = {}
    for day, seq in product(days, _SAMPLE_NUMBERS):
        number, origin = display_number(pattern, seq, day), (numbering_period(reset, day), seq)
        if printed.setdefault(number, origin) != origin:
            raise PatternRefused(
                f"The pattern {pattern!r} prints {number} in two periods; put a sign between its fields, or pad the "
                "month as in {month:02d}."
            )
