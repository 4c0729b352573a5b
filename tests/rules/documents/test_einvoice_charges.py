"""The charges of an electronic act: the tax of each line, the rounding difference, and one charge for the whole."""

from datetime import date
from decimal import Decimal as D

import pytest

from models.documents.einvoice_charges import charges
from models.documents.rows import Caption
from models.invoice.content.content import Content
from models.invoice.content.lines import Line, LineType
from models.invoice.content.totals import sum_up
from models.issuer.issuer import TaxRate
from models.values.document_options import Toggles
from models.values.money import Currency
from tests.fixtures.documents import seed_support

VAT = TaxRate(code="VAT", rate=D("0.12"), valid_from=date(2020, 1, 1))


def charging(*amounts: str, tax: TaxRate | None = None, total: str | None = None) -> Content:
    lines = tuple(
        Line(
            id=f"L{n}",
            line_type=LineType.OTHER,
            description=f"Line {n}",
            quantity=D(1),
            unit_price=D(amount),
            line_total=D(amount),
            rule="manual",
        )
        for n, amount in enumerate(amounts, start=1)
    )
    manual = D(total) if total else None
    totals = sum_up(lines, currency=Currency.UZS, tax=tax, total_hours=D(0), manual=manual)
    return seed_support().model_copy(update={"lines": lines, "totals": totals, "tax": tax})


def sums(content: Content) -> list[tuple[D, D, D]]:
    return [(each.net, each.tax, each.gross) for each in charges(content)]


def test_a_charge_for_each_row_that_has_an_amount() -> None:
    """Informing tasks are not charged (docs/specification/pricing.md 4.8: 15,000,000.00 and 5.50 h at 150,000.00)."""
    found = charges(seed_support())
    assert [each.row and each.row.caption for each in found] == [Caption.SUPPORT, Caption.OVERTIME]
    assert sums(seed_support()) == [
        (D("15000000.00"), D(0), D("15000000.00")),
        (D("825000.00"), D(0), D("825000.00")),
    ]


def test_each_line_has_its_tax() -> None:
    """12 % of 15,000,000.00 is 1,800,000.00 and of 825,000.00 it is 99,000.00."""
    assert sums(seed_support(tax=VAT)) == [
        (D("15000000.00"), D("1800000.00"), D("16800000.00")),
        (D("825000.00"), D("99000.00"), D("924000.00")),
    ]


def test_the_last_line_gets_a_positive_rounding_difference() -> None:
    """12 % of 100.04 is 12.0048, so 12.00; but of the sum, 300.12, it is 36.0144: 36.01, which is 0.01 more."""
    content = charging("100.04", "100.04", "100.04", tax=VAT)
    assert sums(content) == [
        (D("100.04"), D("12.00"), D("112.04")),
        (D("100.04"), D("12.00"), D("112.04")),
        (D("100.04"), D("12.01"), D("112.05")),
    ]
    assert content.totals.total_amount == D("336.13")


def test_the_last_line_gets_a_negative_rounding_difference() -> None:
    """12 % of 100.05 is 12.006, so 12.01; of 300.15 it is 36.018: 36.02, which is 0.01 less than three times 12.01."""
    assert [tax for _, tax, _ in sums(charging("100.05", "100.05", "100.05", tax=VAT))] == [
        D("12.01"),
        D("12.01"),
        D("12.00"),
    ]


def test_a_total_typed_by_hand_is_one_charge() -> None:
    content = charging("15000000.00", "825000.00", total="15500000.00")
    assert [each.row for each in charges(content)] == [None]
    assert sums(content) == [(D("15500000.00"), D(0), D("15500000.00"))]


@pytest.mark.parametrize(
    ("typed", "net", "tax"),
    [
        ("1000.00", "892.86", "107.14"),  # 1,000.00 / 1.12 = 892.857...; 892.86 x 0.12 = 107.1432
        ("0.01", "0.01", "0.00"),  # 0.01 / 1.12 = 0.0089...
        ("112.00", "100.00", "12.00"),
        ("50.00", "44.64", "5.36"),  # far below the tax of 120.00 on the lines' 1,000.00
        ("0.00", "0.00", "0.00"),
    ],
)
def test_a_total_typed_by_hand_includes_its_tax(typed: str, net: str, tax: str) -> None:
    assert sums(charging("1000.00", tax=VAT, total=typed)) == [(D(net), D(tax), D(typed))]


def test_an_invoice_with_a_discount_is_one_charge() -> None:
    """A line of an act cannot be negative."""
    content = charging("15000000.00", "-1000000.00")
    assert [each.row for each in charges(content)] == [None]
    assert sums(content) == [(D("14000000.00"), D(0), D("14000000.00"))]


def test_hidden_overtime_is_part_of_the_base() -> None:
    """15,000,000.00 + 825,000.00."""
    assert sums(seed_support(toggles=Toggles(show_overtime=False))) == [(D("15825000.00"), D(0), D("15825000.00"))]
