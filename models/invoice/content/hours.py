"""The `total_hours` of an invoice. They are printed, and they are the count in the posting of an HR or FP invoice.

See docs/specification/pricing.md 4.3 and 9.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from models.contracts.contract import DealType
from models.contracts.rate_rule import MINIMUM_BILLABLE_SECONDS
from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import WORK_TYPES, Line, LineType
from models.values.money import hours, total


def hours_worked(service: ServiceBasis, lines: Iterable[Line]) -> Decimal:
    """Return the hours of the counted lines, with two decimals.

    If all counted lines have their computed hours, the result is the sum of their billable seconds / 3600, rounded once
    (docs/specification/pricing.md 4.3). If a person changed the hours of a line, it is the sum of the lines' hours, so
    that the rows of the document add up to it (docs/specification/pricing.md 4.2).

    HR counts the lines that it charges: billed tasks and overtime. SUP and FP count all tasks, billed or not; their
    overtime is a part of those. If a SUP or FP draft has no task line, the hours are those of its worklogs.
    """
    counted = list(counted_lines(service, lines))
    if not counted and service.deal_type is not DealType.HR:
        return hours(sum(max(seconds, MINIMUM_BILLABLE_SECONDS) for seconds in service.worklogs.values()))
    if have_computed_hours(counted):
        return hours(sum(line.work.billable_seconds for line in counted))
    return total(line.quantity for line in counted)


def hours_are_charged(content: Content) -> bool:
    """Return whether the hours are charged. Otherwise they are those of tasks that only inform beside a base."""
    basis = content.basis
    return isinstance(basis, ServiceBasis) and basis.deal_type is DealType.HR and basis.hours_follow_lines


def counted_lines(service: ServiceBasis, lines: Iterable[Line]) -> Iterable[Line]:
    """Return the lines whose hours `total_hours` counts (see `hours_worked`)."""
    if service.deal_type is DealType.HR:
        return (line for line in lines if line.billed and line.line_type in WORK_TYPES)
    return (line for line in lines if line.line_type is LineType.TASK)


def have_computed_hours(lines: Sequence[Line]) -> bool:
    """Return whether no person changed the hours of these lines."""
    return all(line.quantity == hours(line.work.billable_seconds) for line in lines)
