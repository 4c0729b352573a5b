"""Two number series must never print the same number, so overlapping patterns are detected."""

from datetime import date
from itertools import combinations

import pytest

from models.issuer.number_pattern import display_number
from models.issuer.pattern_overlap import overlapping_series, patterns_overlap

DAYS = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 30)]
NUMBERS = [*range(1, 130), 999, 1000, 1001, 2026, 20261, 202611, 2026001, 20260001, 202601001]
PATTERNS = [
    *("{seq}", "{seq:d}", "{seq:01d}", "{seq:04d}", "0{seq}", "00{seq:02d}", "1{seq}"),
    *("A-{seq}", "a-{seq}", "A-{seq:03}", "A-{seq}-{seq}", "A-1-{seq}", "A-{year}-{seq}", "A-2026-{seq}"),
    *("A-{year:06d}-{seq}", "A-{month}-{seq}", "A-{month:02d}-{seq}", "A-{month:03d}-{seq}", "A-{month:01d}-{seq}"),
    *("{year}{seq}", "{year}{month}{seq}", "{year}{month:02d}{seq:03d}", "{seq}-{year}", "{seq}.A"),
    *("{{{seq}}}", "{seq}{month}", "2026{seq}", "A{seq}B", "№ {seq}"),
]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("INV-{seq}", "INV-{seq}", True),
        ("INV-{seq}", "INV-{seq:04d}", True),  # from 1000 on
        ("INV-{seq}", "INV-{year}{seq:04d}", True),
        ("INV-{seq}", "INV-1{seq}", True),
        ("INV-{year}-{seq}", "INV-2026-{seq}", True),
        ("INV-{month}-{seq}", "INV-{month:02d}-{seq}", True),  # from October on
        ("{year}-{seq}", "{seq}-{year}", True),
        ("INV-{seq}", "ACT-{seq}", False),
        ("INV-{seq}", "inv-{seq}", False),
        ("INV-{seq}", "INV-{year}-{seq}", False),
        ("INV-2025-{seq}", "INV-2026-{seq}", False),
        ("INV-{seq}-A", "INV-{seq}-B", False),
        ("INV-{seq}", "INV-0{seq}", False),  # a number without padding never begins with 0
        ("INV-{year}-{seq}", "INV-26-{seq}", False),
        ("INV-{month:02d}-{seq}", "INV-{year}-{seq}", False),
        ("INV-{month:02d}-{seq}", "INV-20-{seq}", False),
    ],
)
def test_whether_two_patterns_overlap(one: str, other: str, overlap: bool) -> None:
    assert patterns_overlap(one, other) is overlap
    assert patterns_overlap(other, one) is overlap


def test_every_overlap_is_detected() -> None:
    """Compare with the numbers that the patterns print."""
    printed = {pattern: {display_number(pattern, n, day) for n in NUMBERS for day in DAYS} for pattern in PATTERNS}
    overlapping = {pair for pair in combinations(PATTERNS, 2) if printed[pair[0]] & printed[pair[1]]}
    assert len(overlapping) > 20
    assert [pair for pair in overlapping if not patterns_overlap(*pair)] == []
    assert all(patterns_overlap(pattern, pattern) for pattern in PATTERNS)


def test_the_overlapping_series_is_named() -> None:
    others = {
        "OLD": "{quarter}-{seq}",
        "ACT": "ACT-{seq}",
        "INV": "INV-{seq}",
    }  # the first pattern is not valid and prints no number
    assert overlapping_series("INV-{seq:03d}", others) == "INV"
    assert overlapping_series("DOC-{seq}", others) is None
