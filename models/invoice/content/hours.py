"""`total_hours` of an invoice: printed, and told to accounting as the count of an HR or FP invoice (reference 12.2)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from models.contracts.contract import DealType
from models.contracts.rate_rule import MINIMUM_BILLABLE_SECONDS
from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import WORK_TYPES, Line, LineType
from models.values.money import hours, total


def hours_worked(service: ServiceBasis, lines: Iterable[Line]) -> Decimal:
    """All billable seconds / 3600 at two decimals (docs/specification/pricing.md 4.3), as long as the lines
    say what was computed; where a person typed other hours, the sum of the lines' hours, so that the rows of the
    document add up to its total (docs/specification/pricing.md 4.2).

    HR counts what it charges: billed tasks and overtime. SUP and FP count the tasks that the base covers, billed or
    not; their overtime is a share of those. Without any task left, their hours are those of the worklogs.
    """
    counted = list(_counted(service, lines))
    if not counted and service.deal_type is not DealType.HR:
        return hours(sum(max(seconds, MINIMUM_BILLABLE_SECONDS) for seconds in service.worklogs.values()))
    if _as_computed(counted):
        return hours(sum(line.work.billable_seconds for line in counted))
    return total(line.quantity for line in counted)


def hours_are_charged(content: Content) -> bool:
    """Whether they are those of the charged rows, and not of the tasks that inform beside a base."""
    basis = content.basis
    return isinstance(basis, ServiceBasis) and basis.deal_type is DealType.HR and basis.hours_follow_lines


def _counted(service: ServiceBasis, lines: Iterable[Line]) -> Iterable[Line]:
    if service.deal_type is DealType.HR:
        return (line for line in lines if line.billed and line.line_type in WORK_TYPES)
    return (line for line in lines if line.line_type is LineType.TASK)


def _as_computed(lines: Sequence[Line]) -> bool:
    return all(line.quantity == hours(line.work.billable_seconds) for line in lines)
