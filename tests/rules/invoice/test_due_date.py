"""The due date that letters and documents name."""

from datetime import date

from tests.fixtures.documents import seed_support


def test_the_day_that_the_invoice_was_issued_with_stands() -> None:
    assert seed_support().payable_by(date(2026, 5, 1)) == date(2026, 5, 1)


def test_without_one_it_is_the_invoice_date_and_the_terms() -> None:
    """2 March and 45 days: 29 left in March, 16 in April."""
    assert seed_support().payable_by(None) == date(2026, 4, 16)
