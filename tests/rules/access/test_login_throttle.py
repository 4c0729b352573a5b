"""The delays after failed logins."""

from datetime import UTC, datetime, timedelta

import pytest

from models.access.login_throttle import OF_ADDRESS, OF_NAME, Failures, ThrottleRule, address_key, name_key

NOW = datetime(2026, 3, 1, 6, tzinfo=UTC)


def after(rule: ThrottleRule, count: int) -> Failures:
    failures = Failures.none(NOW)
    for _ in range(count):
        failures = failures.plus_one(rule, NOW)
    return failures


@pytest.mark.parametrize("rule", [OF_NAME, OF_ADDRESS])
def test_the_delay_doubles_after_the_free_failures(rule: ThrottleRule) -> None:
    seconds = [rule.delay(rule.free - 1 + more).total_seconds() for more in range(6)]
    assert seconds == [0, 1, 2, 4, 8, 16]
    assert rule.delay(10_000) == rule.longest
    assert after(rule, rule.free - 1).retry_at == NOW
    assert after(rule, rule.free + 2).retry_at == NOW + timedelta(seconds=4)


def test_failures_are_forgiven_one_by_one() -> None:
    """Twelve failures of a name: one is forgiven in an hour, so ten are left after two hours, and none after twelve."""
    failures = after(OF_NAME, 12)
    counts = [failures.count(OF_NAME, NOW + timedelta(hours=hours)) for hours in (0, 1, 2, 11, 12, 100)]
    assert counts == [12, 11, 10, 1, 0, 0]
    later = NOW + timedelta(hours=11)
    assert failures.plus_one(OF_NAME, later).retry_at == later  # it is the second one that counts


def test_a_failure_that_was_none_is_taken_back() -> None:
    less = after(OF_NAME, 12).minus_one(OF_NAME, NOW)
    assert (less.count(OF_NAME, NOW), less.retry_at) == (11, NOW)
    assert Failures.none(NOW).minus_one(OF_NAME, NOW) == Failures.none(NOW)


def test_names_that_differ_in_case_are_one() -> None:
    assert name_key("Marat") == name_key(" MARAT ") != name_key("marat2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.5", "203.0.113.5", True),
        ("203.0.113.5", "203.0.113.6", False),
        ("203.0.113.5", "::ffff:203.0.113.5", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("local", "local", True),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same
