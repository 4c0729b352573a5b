"""Amounts as vendors write them (docs/specification/bills.md 4)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bills.formats.amounts import DecimalMark, exact_amount, marked_by, plain_text

POINT, COMMA = DecimalMark.POINT, DecimalMark.COMMA


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$12.00", "12.00"),
        ("-$5.00", "-5.00"),
        ("$-5.00", "-5.00"),
        ("($5.00)", "-5.00"),
        ("5.00-", "-5.00"),
        ("−5.00", "-5.00"),
        ("$1,234,567.89", "1234567.89"),
        ("€ 1,036.4900", "1036.4900"),
        ("USD 3.50", "3.50"),
        ("1'234.50", "1234.50"),
        ("6.123E-7", "0.0000006123"),
        ("1.5e3", "1500"),
        ("-5e-06", "-0.000005"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+2", "2"),
        ("-0.00", "0.00"),
        ("0.12345678901234567890123456", "0.12345678901234567890123456"),
    ],
)
def test_amounts_with_a_point_keep_all_decimals(text: str, amount: str) -> None:
    found = exact_amount(text, POINT)
    assert found == Decimal(amount)
    assert not found.is_signed() or found < 0


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.036,4900 €", "1036.4900"),
        ("-10,0000 €", "-10.0000"),
        ("1.000,00", "1000.00"),
        ("1\u00a0234,5", "1234.5"),
        ("371,0000", "371.0000"),
        ("1.234.567", "1234567"),
        ("7", "7"),
    ],
)
def test_amounts_with_a_comma(text: str, amount: str) -> None:
    assert exact_amount(text, COMMA) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "abc", "12..34", "1,23", "1.2.3", "12,34,567.00", "NaN", "Infinity", "1_000", "0x1F"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it is"):
        exact_amount(text, POINT)


@pytest.mark.parametrize("text", ["1E+99", "9" * 61, "1E999999"])
def test_an_amount_that_nothing_could_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="too long"):
        exact_amount(text, POINT)


def test_a_point_is_no_decimal_mark_in_a_file_with_commas() -> None:
    with pytest.raises(ValueError, match="decimal mark ,"):
        exact_amount("0.5", COMMA)


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (["1,234", "1,234.50"], POINT),  # thousands
        (["1,234", "0,5"], COMMA),
        (["1.234,50"], COMMA),
        (["1,234,567"], None),
        (["$1,131.28"], POINT),
        (["-1.000,00 €"], COMMA),
        (["0.5"], POINT),
        (["1,234"], None),
        (["1.234", "5"], None),
        ([], None),
    ],
)
def test_the_decimal_mark_follows_from_an_amount_that_has_only_one_reading(
    texts: list[str], mark: DecimalMark | None
) -> None:
    assert marked_by(texts) is mark


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**12), max_value=10**12))
def test_every_decimal_is_read_back(amount: Decimal) -> None:
    assert exact_amount(str(amount), POINT) == amount
    assert exact_amount(f"{amount:,f}", POINT) == amount
    assert exact_amount(f"{amount:f}".replace(".", ","), COMMA) == amount
    assert Decimal(plain_text(amount)) == amount
