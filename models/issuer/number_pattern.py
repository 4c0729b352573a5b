"""The patterns by which number series print their numbers, such as `ACT-{seq}` or `INV-{year}-{seq:04d}`."""

import re
from datetime import date
from string import Formatter

FIELDS = ("seq", "year", "month")
MAX_LENGTH = 50
_PADDING = re.compile(r"(0[1-9])?d?")
_UNFIT = re.compile(r"[\x00-\x1f/\\]")


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
