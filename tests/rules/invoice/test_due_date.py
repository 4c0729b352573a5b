"""The due date on letters and documents."""

from datetime import date

from tests.fixtures.documents import seed_support


def test_an_issued_invoice_has_its_own_due_date() -> None:
    assert seed_support().payable_by(date(2026, 5, 1)) == date(2026, 5, 1)


def test_a_draft_is_due_after_the_payment_days() -> None:
    """2 March + 45 days: 29 days remain in March, and 16 are in April."""
    assert seed_support().payable_by(None) == date(2026, 4, 16)
