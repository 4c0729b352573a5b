"""Rounding of amounts and hours: half away from zero, once, at two decimals."""

from decimal import Decimal

import pytest

from models.invoice.content.content import Content
from models.values.money import Currency, format_multiplier, hours, round_amount, total
from tests.fixtures.invoices import drafted

D = Decimal


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.004999", "0.00"),
        ("2.675", "2.68"),
        ("1.015", "1.02"),
        ("-0.005", "-0.01"),
        ("1234567890123.455", "1234567890123.46"),
        ("7", "7.00"),
    ],
)
def test_half_up(exact: str, rounded: str) -> None:
    for currency in Currency:
        assert str(round_amount(D(exact), currency)) == rounded


@pytest.mark.parametrize(
    ("seconds", "shown"),
    # 17 / 3600 = 0.0047, 18 / 3600 = 0.005 exactly
    [(0, "0.00"), (17, "0.00"), (18, "0.01"), (1800, "0.50"), (3599, "1.00"), (163_800, "45.50")],
)
def test_hours_at_two_decimals(seconds: int, shown: str) -> None:
    assert str(hours(seconds)) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("1", "1.0"), ("1.50", "1.5"), ("1.25", "1.25"), ("100", "100.0"), ("0", "0.0")]
)
def test_multipliers_have_no_needless_zeros(value: str, shown: str) -> None:
    assert format_multiplier(D(value)) == shown


def test_the_sum_of_no_amounts_has_two_decimals() -> None:
    assert str(total(())) == "0.00"


def test_amounts_survive_json_to_the_last_digit() -> None:
    content = drafted()
    again = Content.model_validate_json(content.model_dump_json())
    assert again == content
    assert str(again.totals.total_amount) == str(content.totals.total_amount)
    assert '"total_amount":"15000000.00"' in content.model_dump_json()
