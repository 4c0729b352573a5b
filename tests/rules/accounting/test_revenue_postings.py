"""Revenue postings: product, count, value and day (docs/specification/pricing.md 9)."""

from datetime import date
from decimal import Decimal

import pytest

from models.accounting.revenue_postings import Product, posting_date, revenue_postings
from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.invoice.content.lines import LineType
from models.issuer.issuer import TaxRate
from models.values.period import Period
from tests.fixtures.issued_invoices import SUPPORT, content, line

VAT = TaxRate(code="VAT", rate=Decimal("0.12"), valid_from=date(2020, 1, 1))


def postings(invoice_content: Content) -> list[tuple[Product, Decimal, Decimal]]:
    return [(each.product, each.count, each.value) for each in revenue_postings(invoice_content)]


def test_support_with_overtime() -> None:
    """5.50 hours at 150,000.00 are 825,000.00."""
    assert postings(content()) == [
        (Product.SUPPORT, Decimal(1), Decimal("15000000.00")),
        (Product.HOURS, Decimal("5.50"), Decimal("825000.00")),
    ]


def test_support_inside_its_limit() -> None:
    assert postings(content(SUPPORT)) == [(Product.SUPPORT, Decimal(1), Decimal("15000000.00"))]


@pytest.mark.parametrize("deal", [DealType.HR, DealType.FP])
def test_hours_and_fixed_price(deal: DealType) -> None:
    work = line(LineType.TASK, "3000000.00", quantity="20.00", price="150000.00")
    billed = content(work, hours="20.00", deal_type=deal)
    assert postings(billed) == [(Product.HOURS, Decimal("20.00"), Decimal("3000000.00"))]


def test_a_fixed_price_for_a_month_without_hours_is_one_piece() -> None:
    fixed = line(LineType.OTHER, "3000000.00")
    billed = content(fixed, hours="0", deal_type=DealType.FP)
    assert postings(billed) == [(Product.HOURS, Decimal(1), Decimal("3000000.00"))]


def test_the_postings_add_up_to_the_total() -> None:
    """12 % of 15,825,000.00 is 1,899,000.00, which is part of the base fee: 15,000,000 + 1,899,000."""
    assert postings(content(tax=VAT)) == [
        (Product.SUPPORT, Decimal(1), Decimal("16899000.00")),
        (Product.HOURS, Decimal("5.50"), Decimal("825000.00")),
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("15500000.00", [(Product.SUPPORT, "1", "14675000.00"), (Product.HOURS, "5.50", "825000.00")]),
        ("825000.00", [(Product.HOURS, "5.50", "825000.00")]),
        ("800000.00", [(Product.SUPPORT, "1", "800000.00")]),
    ],
)
def test_a_total_typed_by_hand(typed: str, expected: list[tuple[Product, str, str]]) -> None:
    """The base fee takes the difference (15,500,000 - 825,000).

    If the overtime alone is more than the total, there is one posting.
    """
    found = postings(content(total=Decimal(typed)))
    assert found == [(product, Decimal(count), Decimal(value)) for product, count, value in expected]


def test_the_posting_date_is_the_last_day_of_the_period() -> None:
    billed = content(period=Period.month(2024, 2), invoice_date=date(2024, 3, 5))
    assert posting_date(billed) == date(2024, 2, 29)
