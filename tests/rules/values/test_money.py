"""Rounding of amounts and hours: half away from zero, once, at two decimals."""

from decimal import Decimal

import iso4217
import pytest
from pydantic import TypeAdapter

from models.invoice.content.content import Content
from models.values.money import (
    MINOR_UNITS,
    Amount,
    Currency,
    format_multiplier,
    hours,
    plain,
    readable,
    round_amount,
    total,
)
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
    for currency in (Currency.UZS, Currency.USD, Currency.EUR, Currency.MYR, Currency.RUB, Currency.KZT):
        assert str(round_amount(D(exact), currency)) == rounded


@pytest.mark.parametrize(
    ("exact", "currency", "rounded"),
    [
        ("1000.5", Currency.JPY, "1001"),
        ("1000.49", Currency.JPY, "1000"),
        ("-0.5", Currency.KRW, "-1"),
        ("8.2745", Currency.KWD, "8.275"),
        ("8.2744", Currency.BHD, "8.274"),
        ("1.00005", Currency.CLF, "1.0001"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(exact: str, currency: Currency, rounded: str) -> None:
    assert str(round_amount(D(exact), currency)) == rounded


def test_the_table_is_that_of_iso_4217() -> None:
    """The package reads the table that SIX publishes for ISO; it gives no decimals where there is no minor unit."""
    published = {each.value: each.exponent for each in iso4217.Currency if each.exponent is not None}
    assert published.items() <= {code.value: decimals for code, decimals in MINOR_UNITS.items()}.items()
    withdrawn = {code.value for code in Currency} - published.keys()
    assert not withdrawn, "list withdrawn codes here; they stay, because invoices hold them"


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


@pytest.mark.parametrize(
    ("given", "kept"),
    [("1", "1.00"), ("1.5", "1.50"), ("1.5050", "1.505"), ("1.5000", "1.50"), ("1000", "1000.00")],
)
def test_an_amount_is_kept_with_two_decimals_or_with_as_many_as_it_needs(given: str, kept: str) -> None:
    assert str(TypeAdapter(Amount).validate_python(given)) == kept
    assert plain(D(given)) == kept


def test_an_amount_for_readers() -> None:
    # From PostgreSQL, amounts come with four decimals.
    assert [readable(D(each)) for each in ("1234567.5000", "8.2750", "0", "-1234.00")] == [
        "1,234,567.50",
        "8.275",
        "0.00",
        "-1,234.00",
    ]
