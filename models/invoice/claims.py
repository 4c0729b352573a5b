"""The claims of an invoice: the worklogs that stand on it (docs/specification/pricing.md 2.5).

A worklog stands on at most one live invoice of a contract. PostgreSQL keeps the claims; an invoice keeps its claims
until it is withdrawn or finally rejected.
"""

from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.invoice import Invoice
from models.invoice.status import WITHDRAWN, Status


def is_live(invoice: Invoice) -> bool:
    """Return whether the invoice keeps its claims."""
    return invoice.status not in WITHDRAWN and not (invoice.status is Status.REJECTED and invoice.is_final)


def worklogs_of(content: Content) -> frozenset[str]:
    """Return the ids of the worklogs that the content was computed from or has on a line.

    A line that a person removed does not free its worklogs: the person decided that they are not charged.
    """
    if not isinstance(content.basis, ServiceBasis):
        return frozenset()
    return frozenset(content.basis.worklogs).union(*(line.work.worklogs for line in content.lines))


def claims(invoice: Invoice) -> tuple[str, ...]:
    """Return the worklogs that the invoice claims, sorted, so that concurrent claims lock them in one order."""
    return tuple(sorted(worklogs_of(invoice.content))) if is_live(invoice) else ()


def added_worklogs(before: Content, after: Content) -> tuple[str, ...]:
    """Return the worklogs that a change brings into the content, sorted."""
    return tuple(sorted(worklogs_of(after) - worklogs_of(before)))
