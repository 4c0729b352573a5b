"""Amounts as people type them (docs/specification/desk.md 4)."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.formats import Formats
from models.values.typed_amounts import NotAnAmount, amount_readings, typed_amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("15825000", "15825000"),
        ("15 825 000", "15825000"),
        ("15\u00a0825\u00a0000,50", "15825000.50"),
        ("15\u202f825\u202f000,50", "15825000.50"),
        ("15,825,000.00", "15825000.00"),
        ("15.825.000,00", "15825000.00"),
        ("1'500.00", "1500.00"),
        ("35,5", "35.5"),
        ("35.50", "35.50"),
        ("1.234.567", "1234567"),
        ("UZS 15 825 000,00", "15825000.00"),
        ("8900.00usd", "8900.00"),
        ("\u22123,50", "-3.50"),
        ("-3.50", "-3.50"),
        ("(1 500,50)", "-1500.50"),
    ],
)
def test_a_clear_text(text: str, amount: str) -> None:
    assert typed_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "readings"),
    [("12.345", ["12.345", "12345.00"]), ("12,345", ["12.345", "12345.00"]), ("-1,500", ["-1.50", "-1500.00"])],
)
def test_a_text_with_two_readings_is_refused_with_both(text: str, readings: list[str]) -> None:
    assert amount_readings(text) == tuple(Decimal(each) for each in readings)
    with pytest.raises(NotAnAmount) as refused:
        typed_amount(text)
    assert str(refused.value) == f"{text} can mean {readings[0]} or {readings[1]}; write it as one of them"


@pytest.mark.parametrize("text", ["", "acme", "ACT-12", "1 50", "1,2,3", "12-5", "1e5", "٣", "1" * 61, "()", "UZS"])
def test_what_is_no_amount(text: str) -> None:
    assert amount_readings(text) == ()
    with pytest.raises(NotAnAmount, match="is not an amount"):
        typed_amount(text)


@pytest.mark.parametrize("language", ["en", "ru"])
@given(cents=st.integers(min_value=-(10**15), max_value=10**15))
def test_an_amount_that_the_desk_shows_can_be_typed(language: str, cents: int) -> None:
    amount = Decimal(cents) / 100
    assert typed_amount(Formats(language, ZoneInfo("Asia/Tashkent")).amount(amount)) == amount
