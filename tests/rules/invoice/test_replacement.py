"""The comparison of a new invoice with the rejected one that it replaces."""

from decimal import Decimal

from models.invoice.portal.replacement import LineChangeKind, line_differences
from tests.fixtures.partner_invoices import material, order, partner_content, partner_terms, rate


def test_each_line_is_compared_with_that_of_its_order() -> None:
    """ORD-1 stays, ORD-2 gets materials of 12.50, ORD-3 is gone, ORD-4 is new."""
    rejected = partner_content(order("ORD-1"), order("ORD-2"), order("ORD-3"))
    new = partner_content(order("ORD-1"), order("ORD-2", materials=[material("12.50")]), order("ORD-4"))
    found = [(each.kind, each.order_key) for each in line_differences(rejected, new)]
    assert found == [
        (LineChangeKind.SAME, "ORD-1"),
        (LineChangeKind.SAME, "ORD-2"),
        (LineChangeKind.ADDED, "ORD-2"),
        (LineChangeKind.ADDED, "ORD-4"),
        (LineChangeKind.REMOVED, "ORD-3"),
    ]


def test_another_price_is_a_change_with_both_amounts() -> None:
    [changed] = line_differences(partner_content(), partner_content(terms=partner_terms(rate("80"))))
    assert changed.kind is LineChangeKind.CHANGED
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before.line_total, changed.after.line_total) == (Decimal(75), Decimal(80))
