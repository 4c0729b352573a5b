"""The hours that a page prints in its rows, which add up to the total of hours below them.

A line's amount is made from its own hours with two decimals, and the total of hours from all seconds. Three lines of
2,400 s have 0.67 h each and together 2.00 h. The rows then print 0.67, 0.67 and 0.66: hours are apportioned by largest
remainders, and the amounts stay (docs/specification/documents.md 2.2).
"""

from decimal import Decimal

from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.hours import counted_lines, have_computed_hours
from models.values.money import apportion, hours


def printed_hours(content: Content) -> dict[str, Decimal]:
    """Return the hours of each line by its id. Lines that the total does not count print their own."""
    found = {line.id: line.quantity for line in content.lines}
    basis = content.basis
    if not isinstance(basis, ServiceBasis) or not basis.hours_add_up:
        return found
    counted = list(counted_lines(basis, content.lines))
    seconds = [line.work.billable_seconds for line in counted]
    if have_computed_hours(counted) and content.totals.total_hours == hours(sum(seconds)):
        parts = apportion(seconds, content.totals.total_hours)
        found |= {line.id: part for line, part in zip(counted, parts, strict=True)}
    return found
