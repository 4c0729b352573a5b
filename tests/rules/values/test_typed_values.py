"""An amount that people type has one reading, or it is refused with both."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from models.contracts.contract import WarehouseAmount
from models.contracts.settings import DatedRule, LimitHours, Multiplier
from models.invoice.command_fields import Hours
from models.settings import csv_sheet
from models.settings.area import Area
from models.settings.csv_columns import SHEETS
from models.values.money import Amount, Factor, NonNegativeAmount, PositiveAmount, Quantity
from models.values.typed_values import AS_RECORDED, Flag, TypedDay, TypedMoment, Whole, plain_number, two_readings

AMOUNTS: list[Any] = [Amount, NonNegativeAmount, PositiveAmount, Hours, Quantity, LimitHours, WarehouseAmount]
RULE = {"application_key": "A", "valid_from": "2026-01-01", "monthly_limit_hours": "40"}


def rate(cell: str) -> Decimal:
    """Return the hourly rate of an imported row; raise ValidationError when it is refused."""
    fields = csv_sheet.values(RULE | {"base_hourly_rate": cell}, SHEETS[Area.RATE_RULES])
    del fields["application_key"]
    return DatedRule.model_validate(fields).base_hourly_rate


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1500,5", "1500.50"),
        ("12,50", "12.50"),
        ("0,5", "0.50"),
        ("1 500 000,00", "1500000.00"),
        ("1\u00a0500\u00a0000", "1500000.00"),
        ("1\u202f500,25", "1500.25"),
        ("150 000", "150000.00"),
        ("1,500.00", "1500.00"),
        ("1.500,00", "1500.00"),
        ("1,234,567", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("1.234.567,8", "1234567.80"),
        (" 150000.00 ", "150000.00"),
        ("150000", "150000.00"),
    ],
)
def test_a_cell_with_one_reading(cell: str, amount: str) -> None:
    assert rate(cell) == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "readings"),
    [
        ("150,000", ("150.00", "150000.00")),
        ("1,500", ("1.50", "1500.00")),
        ("1.500", ("1.50", "1500.00")),
        ("12,500", ("12.50", "12500.00")),
        ("12.345", ("12.3450", "12345.00")),
        ("0,150", ("0.15", "150.00")),
        ("1500,000", ("1500.00", "1500000.00")),
        ("1 500,000", ("1500.00", "1500000.00")),
        ("-7.000", ("-7.00", "-7000.00")),
    ],
)
def test_a_cell_with_two_readings_is_refused_with_both(cell: str, readings: tuple[str, str]) -> None:
    assert two_readings(cell) == readings
    with pytest.raises(ValidationError, match=f"{readings[0]} or {readings[1]}"):
        rate(cell)


@pytest.mark.parametrize(
    "cell",
    ["1_000", "1e5", "٣", "1'500.00", "1,2,3", "1,23,456", "15 00", "1.500.00", "1,500,00", "12..5", "NaN", "+5"],
)
def test_a_cell_without_a_reading_is_refused(cell: str) -> None:
    assert plain_number(cell) is None
    with pytest.raises(ValidationError):
        rate(cell)


def written(whole: int, decimals: str, group: str, mark: str) -> str:
    return f"{whole:,}".replace(",", group) + (mark + decimals if decimals else "")


@given(
    st.integers(0, 10**12),
    st.text("0123456789", max_size=4),
    st.sampled_from([("", "."), ("", ","), (" ", ","), (" ", "."), ("\u00a0", ","), (",", "."), (".", ",")]),
)
def test_each_way_of_writing_an_amount_has_one_reading_or_both_are_named(
    whole: int, decimals: str, style: tuple[str, str]
) -> None:
    """The amount as its writer meant it is the only reading, or one of the two that the refusal names."""
    meant = Decimal(f"{whole}.{decimals or 0}")
    text = written(whole, decimals, *style)
    both = two_readings(text)
    if both is None:
        assert Decimal(plain_number(text) or "NaN") == meant
    else:
        assert plain_number(text) is None
        assert meant in {Decimal(reading) for reading in both}
        assert Decimal(both[0]) != Decimal(both[1]) or meant == 0


@given(st.text("0123456789.,-_ e\u00a0", max_size=12))
def test_an_accepted_text_has_the_value_of_its_digits(text: str) -> None:
    """No digit is lost, and only what is not followed by exactly three last digits is a decimal mark."""
    number = plain_number(text)
    if number is not None:
        assert [c for c in number if c.isdigit()] == [c for c in text if c.isdigit()]
        if "." in number and len(number.partition(".")[2]) == 3:
            assert len({c for c in text.strip() if c in ",. \u00a0"}) == 2


@pytest.mark.parametrize("kind", AMOUNTS)
@pytest.mark.parametrize("text", ["150,000", "1.500", "1,500", "2.000"])
def test_every_amount_is_read_alike(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError, match=r"can mean .* or .*; write"):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("kind", [*AMOUNTS, Factor, Multiplier])
@pytest.mark.parametrize("value", ["1_000", "٣", "1e5", "1E+5", " 5", "5 ", "+5", ".5", "5.", "", "1,5", True])
def test_a_decimal_is_written_in_digits_with_a_point(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("kind", [*AMOUNTS, Factor, Multiplier])
@pytest.mark.parametrize("value", ["5", "5.0", "5.25", 5, Decimal("5.25"), Decimal("5.000")])
def test_a_plain_decimal_is_accepted(kind: Any, value: object) -> None:
    assert TypeAdapter(kind).validate_python(value) == Decimal(str(value))


def test_the_third_decimal_of_a_multiplier_is_a_decimal() -> None:
    assert TypeAdapter(Multiplier).validate_python("1.125") == Decimal("1.125")
    for cell in ("1,125", "1.125"):
        fields = csv_sheet.values(RULE | {"overtime_multiplier": cell}, SHEETS[Area.RATE_RULES])
        assert fields["overtime_multiplier"] == "1.125"


REFUSED: list[tuple[Any, Any]] = [
    *((Whole, value) for value in (True, "5", "1_000", 5.0, Decimal(5), None)),
    *((Flag, value) for value in (1, 0, "true", "yes", Decimal(1), None)),
    *((TypedDay, value) for value in (0, 1767225600, Decimal(1767225600), "2026-01-01T00:00:00", "1767225600")),
    *((TypedMoment, value) for value in (0, 5, Decimal(5), "1767225600", 5.5)),
]


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_no_value_is_taken_for_one_of_another_kind(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_what_was_recorded_is_read_as_it_was() -> None:
    """The commands in histories are JSON that an earlier release has accepted."""
    assert TypeAdapter(Amount).validate_json('"1.500"') == Decimal("1.50")
    assert TypeAdapter(Whole).validate_json('"5"') == 5
    assert TypeAdapter(Hours).validate_json('"1E+1"') == Decimal(10)
    assert TypeAdapter(Whole).validate_python(True, context=AS_RECORDED) == 1
