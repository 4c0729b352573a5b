"""What an invoice claims: worklogs (docs/specification/pricing.md 2.5), shares of vendors' bills (bills.md 11), and
entries of the schedules of quotes (quotes.md 7)."""

from models.invoice.content.basis import CLOUD_CLAIM, CloudSource, QuoteSource, ServiceBasis
from models.invoice.content.content import Content
from models.invoice.content.lines import LineType


def worklogs_of(content: Content) -> frozenset[str]:
    """Return the ids of the worklogs that the content was computed from or has on a line, and the claims on bills and
    on schedules of quotes.

    A line that a person removed does not free its worklogs: the person decided that they are not charged.
    """
    if not isinstance(content.basis, ServiceBasis):
        return frozenset()
    worklogs = frozenset(content.basis.worklogs).union(*(line.work.worklogs for line in content.lines))
    return worklogs | _cloud_claims(content) | _quote_claims(content)


def added_worklogs(before: Content, after: Content) -> tuple[str, ...]:
    """Return the worklogs that a change brings into the content, sorted."""
    return tuple(sorted(worklogs_of(after) - worklogs_of(before)))


def _cloud_claims(content: Content) -> frozenset[str]:
    """Return the claims on the bills whose cost is resold, also those of lines that a person removed."""
    on_lines = {line.source.claim for line in content.lines if isinstance(line.source, CloudSource)}
    removed = (identity.split("|") for identity in content.dropped if identity.startswith(f"{LineType.CLOUD}|"))
    return frozenset(on_lines).union(parts[1] for parts in removed if parts[1].startswith(CLOUD_CLAIM))


def _quote_claims(content: Content) -> frozenset[str]:
    """Return the claims on entries of quotes' schedules. An entry of which no line is left is free again."""
    return frozenset(line.source.claim for line in content.lines if isinstance(line.source, QuoteSource))
