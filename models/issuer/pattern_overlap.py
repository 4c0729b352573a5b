"""Whether two patterns of number series could print the same number, so that two invoices would share it.

A pattern is read as a sequence of positions. Each position stands for one character of a set: a letter of the pattern
stands for itself, `{year}` for four digits. A position may also repeat, which means any number of such characters, or
none: `{seq}` is a digit from 1 to 9 and then a repeating position for any digit.

Two patterns overlap when both can be read to their ends side by side, one common character at a time. The search keeps
the pairs of positions that it has reached; there are at most as many as the product of the two lengths. (In automata
theory this is the emptiness test for the intersection of two nondeterministic automata.)
"""

from collections.abc import Mapping
from string import Formatter
from typing import NamedTuple

from models.issuer.number_pattern import PatternRefused, check_pattern

_DIGITS = frozenset("0123456789")


def overlapping_series(pattern: str, others: Mapping[str, str]) -> str | None:
    """Return the first of the other series, by name, that could print a number which this pattern prints too."""
    return next((name for name, other in others.items() if _is_valid(other) and patterns_overlap(pattern, other)), None)


def patterns_overlap(pattern: str, other: str) -> bool:
    """Return whether there is a text that both can print, each with a number and a day of its own.

    It may report false positives, never false negatives: that a number has at most ten digits, or stands in a pattern
    twice, is not considered.
    """
    left, right = _positions(pattern), _positions(other)
    seen: set[tuple[int, int]] = set()
    todo = [(0, 0)]  # how far each pattern has been read
    while todo:
        reached = todo.pop()
        if reached in seen:
            continue
        seen.add(reached)
        if reached == (len(left), len(right)):
            return True
        todo += _next_pairs(left, right, *reached)
    return False


class _Position(NamedTuple):
    """One of these characters; where it repeats, any number of them, or none."""

    characters: frozenset[str]
    repeats: bool = False


def _next_pairs(left: list[_Position], right: list[_Position], n: int, m: int) -> list[tuple[int, int]]:
    """Return how far the patterns can be read from here: past a repeating position, or by one common character."""
    one = left[n] if n < len(left) else None
    two = right[m] if m < len(right) else None
    found = []
    if one and one.repeats:
        found.append((n + 1, m))
    if two and two.repeats:
        found.append((n, m + 1))
    if one and two and one.characters & two.characters:
        found.append((n if one.repeats else n + 1, m if two.repeats else m + 1))
    return found


def _positions(pattern: str) -> list[_Position]:
    found: list[_Position] = []
    for text, field, padding, _ in Formatter().parse(pattern):
        found += [_Position(frozenset(letter)) for letter in text]
        if field is not None:
            found += _digits(field, int((padding or "").rstrip("d") or 1))
    return found


def _digits(field: str, width: int) -> list[_Position]:
    zero, digit, not_zero = _Position(frozenset("0")), _Position(_DIGITS), _Position(_DIGITS - {"0"})
    match field:
        case "year":
            return [zero] * (width - 4) + [digit] * 4
        case "month" if width > 1:
            return [zero] * (width - 2) + [_Position(frozenset("01")), digit]
        case "month":
            return [not_zero, _Position(frozenset("012"), repeats=True)]
        case _:
            return [digit if width > 1 else not_zero] * width + [_Position(_DIGITS, repeats=True)]


def _is_valid(pattern: str) -> bool:
    try:
        check_pattern(pattern)
    except PatternRefused:
        return False
    return True
