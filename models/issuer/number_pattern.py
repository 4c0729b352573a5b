"""How a number is printed: a series' pattern such as `ACT-{seq}` or `INV-{year}-{seq:04d}`."""

import re
from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import NamedTuple

FIELDS = ("seq", "year", "month")
LONGEST = 50
_PADDING = re.compile(r"(0[1-9])?d?")
_DIGITS = frozenset("0123456789")
_UNFIT = re.compile(r"[\x00-\x1f/\\]")


class PatternRefused(ValueError):
    pass


def check_pattern(pattern: str) -> None:
    """Raises PatternRefused, in words for the person who typed it."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError as error:
        raise PatternRefused(f"The pattern {pattern!r} cannot be read: {error}.") from error
    used = [field for _, field, _, _ in parts if field is not None]
    if unknown := [field for field in used if field not in FIELDS]:
        raise PatternRefused(
            f"The pattern {pattern!r} uses {{{unknown[0]}}}; it may use {{seq}}, {{year}} and {{month}}."
        )
    if "seq" not in used:
        raise PatternRefused(f"The pattern {pattern!r} has no {{seq}}, so all its numbers would be the same.")
    for _, field, padding, conversion in parts:
        if conversion or not _PADDING.fullmatch(padding or ""):
            raise PatternRefused(f"In the pattern {pattern!r} only padding may follow {field}, as in {{{field}:04d}}.")
    if _UNFIT.search(pattern):
        raise PatternRefused(f"The pattern {pattern!r} has a slash or a control character; it names files, too.")


def display_number(pattern: str, seq: int, invoice_date: date) -> str:
    check_pattern(pattern)
    display = pattern.format(seq=seq, year=invoice_date.year, month=invoice_date.month)
    if len(display) > LONGEST:
        raise PatternRefused(f"The number {display} is longer than {LONGEST} characters.")
    return display


def conflicting_series(pattern: str, others: Mapping[str, str]) -> str | None:
    """The first of the other series, by name, that could give a number which this pattern gives too."""
    return next(
        (name for name, other in others.items() if _is_fit(other) and could_print_the_same(pattern, other)), None
    )


def could_print_the_same(pattern: str, other: str) -> bool:
    """Whether there is a text that both can print, each with a number and a day of its own.

    Rather once too often than too seldom: that a number goes no farther than two thousand million, or stands in a
    pattern twice, is not considered.
    """
    left, right = _pieces(pattern), _pieces(other)
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]  # how far each has been read
    while todo:
        at = todo.pop()
        if at in seen:
            continue
        seen.add(at)
        n, m = at
        one, two = left[n : n + 1], right[m : m + 1]
        if not one and not two:
            return True
        todo += [(n + 1, m) for piece in one if piece.repeats] + [(n, m + 1) for piece in two if piece.repeats]
        todo += [(n + (not p.repeats), m + (not q.repeats)) for p in one for q in two if p.letters & q.letters]
    return False


class _Piece(NamedTuple):
    """One of these letters; where it repeats, any number of them, or none."""

    letters: frozenset[str]
    repeats: bool = False


def _pieces(pattern: str) -> list[_Piece]:
    found: list[_Piece] = []
    for text, field, padding, _ in Formatter().parse(pattern):
        found += [_Piece(frozenset(letter)) for letter in text]
        if field is not None:
            found += _digits(field, int((padding or "").rstrip("d") or 1))
    return found


def _digits(field: str, width: int) -> list[_Piece]:
    nought, any_digit, no_nought = _Piece(frozenset("0")), _Piece(_DIGITS), _Piece(_DIGITS - {"0"})
    match field:
        case "year":
            return [nought] * (width - 4) + [any_digit] * 4
        case "month" if width > 1:
            return [nought] * (width - 2) + [_Piece(frozenset("01")), any_digit]
        case "month":
            return [no_nought, _Piece(frozenset("012"), repeats=True)]
        case _:
            return [any_digit if width > 1 else no_nought] * width + [_Piece(_DIGITS, repeats=True)]


def _is_fit(pattern: str) -> bool:
    try:
        check_pattern(pattern)
    except PatternRefused:
        return False
    return True
