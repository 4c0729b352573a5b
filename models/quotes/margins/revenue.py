"""The revenue of an invoice, divided among the work that it bills (docs/specification/quotes.md 3.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.contracts.rate_rule import MINIMUM_BILLABLE_SECONDS
from models.invoice.content.basis import CLOUD_CLAIM, CloudSource
from models.invoice.content.content import Content
from models.invoice.content.lines import Line
from models.invoice.content.worklogs import worklogs_of
from models.quotes.margins.division import divide
from models.values.money import ZERO, Currency


@dataclass(frozen=True)
class CloudShare:
    """A line that resells a vendor's cost: what it brings in."""

    source: CloudSource
    revenue: Decimal


@dataclass(frozen=True)
class DividedRevenue:
    """The revenue of an invoice by worklog, by resold cost, and what belongs to neither."""

    by_worklog: Mapping[str, Decimal]
    cloud: tuple[CloudShare, ...]
    rest: Decimal


def net_revenue(content: Content) -> Decimal:
    """Return the revenue of the invoice: its total without the tax."""
    return content.totals.total_amount - content.totals.tax_amount


def invoice_seconds(content: Content) -> dict[str, int]:
    """Return the logged seconds of each worklog of the invoice, as they were when it was made.

    An invoice of an old release has no seconds of its worklogs; each then counts the least that is billed.
    """
    known = content.service.worklogs
    claimed = (each for each in sorted(worklogs_of(content)) if not each.startswith(CLOUD_CLAIM))
    return {each: known.get(each, MINIMUM_BILLABLE_SECONDS) for each in claimed}


def divided_revenue(content: Content, revenue: Decimal, currency: Currency) -> DividedRevenue:
    """Return the revenue, given in the currency of the report, divided among the lines and then among their worklogs.

    A line is divided in proportion to the billable time of its worklogs. A line without worklogs (a base, a fixed
    price, a line entered by hand) is divided in the same way among all work of the invoice.
    """
    billable = {key: max(seconds, MINIMUM_BILLABLE_SECONDS) for key, seconds in invoice_seconds(content).items()}
    lines = [line for line in content.lines if line.billed and line.line_total]
    if not sum((line.line_total for line in lines), ZERO):
        shares = _among(revenue, billable, currency)
        return DividedRevenue(by_worklog=shares, cloud=(), rest=ZERO if shares else revenue)
    by_worklog = dict.fromkeys(billable, ZERO)
    cloud, rest = [], ZERO
    for line, amount in zip(lines, divide(revenue, [line.line_total for line in lines], currency), strict=True):
        if isinstance(line.source, CloudSource):
            cloud.append(CloudShare(source=line.source, revenue=amount))
            continue
        shares = _among(amount, _of_line(line, billable), currency)
        if not shares:
            rest += amount
        for key, share in shares.items():
            by_worklog[key] += share
    return DividedRevenue(by_worklog=by_worklog, cloud=tuple(cloud), rest=rest)


def _of_line(line: Line, billable: Mapping[str, int]) -> Mapping[str, int]:
    if not line.work.worklogs:
        return billable
    return {key: billable[key] for key in line.work.worklogs}


def _among(amount: Decimal, billable: Mapping[str, int], currency: Currency) -> dict[str, Decimal]:
    if not billable:
        return {}
    return dict(zip(billable, divide(amount, list(billable.values()), currency), strict=True))
