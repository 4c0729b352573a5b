"""The worklogs that stand on an invoice (docs/specification/pricing.md 2.5)."""

from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content


def worklogs_of(content: Content) -> frozenset[str]:
    """Return the ids of the worklogs that the content was computed from or has on a line.

    A line that a person removed does not free its worklogs: the person decided that they are not charged.
    """
    if not isinstance(content.basis, ServiceBasis):
        return frozenset()
    return frozenset(content.basis.worklogs).union(*(line.work.worklogs for line in content.lines))


def added_worklogs(before: Content, after: Content) -> tuple[str, ...]:
    """Return the worklogs that a change brings into the content, sorted."""
    return tuple(sorted(worklogs_of(after) - worklogs_of(before)))
