"""The dated rules of one contract: each ends the one before it, none overlap, and no day is left without a rule."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from models.contracts import rate_book
from models.contracts.rate_book import NoSuchRule
from models.contracts.rate_rule import RateRule
from models.contracts.settings import DatedRule, RateBook
from models.settings.area import SettingRefused

TODAY = date(2026, 3, 10)


def rule(start: str, end: str | None = None, rate: int = 100) -> DatedRule:
    return DatedRule(
        valid_from=date.fromisoformat(start),
        valid_to=date.fromisoformat(end) if end else None,
        base_hourly_rate=Decimal(rate),
        monthly_limit_hours=Decimal(40),
    )


def days(book: RateBook) -> list[tuple[str, str | None]]:
    return [(str(r.valid_from), str(r.valid_to) if r.valid_to else None) for r in book.rules]


def book(*rules: DatedRule) -> RateBook:
    result = RateBook()
    for each in rules:
        result = rate_book.with_new(result, each)
    return result


def test_a_new_rule_ends_the_one_before_it() -> None:
    rules = book(rule("2025-01-01"), rule("2026-04-01", rate=120))
    assert days(rules) == [("2025-01-01", "2026-03-31"), ("2026-04-01", None)]
    assert [r.base_hourly_rate for r in rules.rules] == [Decimal(100), Decimal(120)]


def test_a_rule_between_two_others_ends_before_the_next_begins() -> None:
    rules = book(rule("2025-01-01"), rule("2026-04-01"), rule("2026-01-01"))
    assert days(rules) == [("2025-01-01", "2025-12-31"), ("2026-01-01", "2026-03-31"), ("2026-04-01", None)]


def test_an_earlier_rule_does_not_change_a_later_one() -> None:
    assert days(book(rule("2026-01-01"), rule("2025-01-01", "2025-06-30"))) == [
        ("2025-01-01", "2025-06-30"),
        ("2026-01-01", None),
    ]


@pytest.mark.parametrize(
    ("new", "path", "words"),
    [
        (rule("2026-01-01"), "valid_from", "there is a rule from 2026-01-01 already"),
        (rule("2025-06-01", "2026-01-01"), "valid_to", "overlaps the rule from 2026-01-01; it must be 2025-12-31"),
        (rule("2026-03-01", "2026-03-31"), "valid_to", "the days after 2026-03-31 would have no rule"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(new: DatedRule, path: str, words: str) -> None:
    with pytest.raises(SettingRefused, match=words) as refused:
        rate_book.with_new(book(rule("2025-01-01", "2025-03-31"), rule("2026-01-01")), new)
    assert refused.value.path == path


def test_a_correction_keeps_the_dates() -> None:
    before = book(rule("2025-01-01"), rule("2026-01-01"))
    after = rate_book.with_corrected(before, date(2025, 1, 1), rule("2025-01-01", rate=90))
    assert days(after) == days(before)
    assert after.rules[0].base_hourly_rate == 90
    with pytest.raises(NoSuchRule, match="there is no rule from 2025-02-01"):
        rate_book.with_corrected(before, date(2025, 2, 1), rule("2025-02-01"))
    with pytest.raises(SettingRefused, match="it must be 2025-01-01") as refused:
        rate_book.with_corrected(before, date(2025, 1, 1), rule("2024-12-01", "2024-12-31"))
    assert refused.value.path == "valid_from"


def test_a_rule_that_has_not_begun_is_removed_and_the_one_before_stays_valid() -> None:
    before = book(rule("2025-01-01"), rule("2026-04-01"), rule("2026-07-01"))
    assert days(rate_book.without(before, date(2026, 4, 1), TODAY)) == [
        ("2025-01-01", "2026-06-30"),
        ("2026-07-01", None),
    ]
    assert days(rate_book.without(before, date(2026, 7, 1), TODAY))[-1] == ("2026-04-01", None)
    with pytest.raises(SettingRefused, match="has begun"):
        rate_book.without(before, date(2025, 1, 1), TODAY)
    with pytest.raises(NoSuchRule, match="no rule from"):
        rate_book.without(before, date(2026, 5, 1), TODAY)


def test_values_are_normalised() -> None:
    given = DatedRule.model_validate(
        {
            "valid_from": "2026-01-01",
            "base_hourly_rate": "150000",
            "monthly_limit_hours": "40.5",
            "overtime_multiplier": "1.500",
            "weekend_days": [7, 6, 7],
        }
    )
    dumped = given.model_dump(mode="json")
    assert (dumped["base_hourly_rate"], dumped["monthly_limit_hours"]) == ("150000.00", "40.50")
    assert (dumped["overtime_multiplier"], dumped["p1_p3_off_hours_multiplier"]) == ("1.5", "1.5")
    assert dumped["weekend_days"] == [6, 7]
    assert given.rule == RateRule(
        base_hourly_rate=Decimal(150000), monthly_limit_hours=Decimal("40.5"), overtime_multiplier=Decimal("1.5")
    )


def test_a_dated_rule_has_all_fields_of_a_rate_rule() -> None:
    assert DatedRule.model_fields.keys() - {"valid_from", "valid_to"} == RateRule.model_fields.keys()


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_hourly_rate": "-1"},
        {"base_hourly_rate": "1.001"},
        {"monthly_limit_hours": "-0.01"},
        {"overtime_multiplier": "100.1"},
        {"business_hours_start": "18:00"},
        {"business_hours_start": "09:00+05:00"},
        {"business_hours_tz": "Mars/Base"},
        {"business_hours_tz": "../etc"},
        {"weekend_days": [0]},
        {"weekend_days": [8]},
        {"valid_to": "2025-12-31"},
        {"valid_from": "1999-12-31"},
        {"colour": "red"},
    ],
)
def test_bad_values_are_refused(wrong: dict[str, object]) -> None:
    good = {"valid_from": "2026-01-01", "base_hourly_rate": "1", "monthly_limit_hours": "1"}
    DatedRule.model_validate(good)
    with pytest.raises(ValidationError):
        DatedRule.model_validate(good | wrong)
