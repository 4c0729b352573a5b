"""Contracts below a target margin, and the price or limit that would reach it (docs/specification/quotes.md 3.5).

The invoices of the months are priced again with another price or limit, and their work costs what it has cost. As in
the calculator, the price is solved exactly and then rounded up to the smallest unit at which the rounded amounts reach
the target.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from models.billing.pricing import Share, overtime_lines, shares_of, split_at_limit
from models.contracts.contract import DealType
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.invoice.content.lines import BASE_TYPES, MANUAL_RULE, WORK_TYPES, Line, LineType
from models.invoice.content.totals import sum_up
from models.quotes.margins.entries import MarginEntry
from models.quotes.margins.facts import LiveInvoice
from models.quotes.margins.revenue import invoice_seconds, net_revenue
from models.quotes.margins.rows import GroupBy, MarginRow, margin_rows
from models.quotes.numbers import HUNDRED, exactly, percentage
from models.quotes.search import smallest
from models.values.base_models import Frozen
from models.values.money import MINOR_UNITS, Currency, round_amount, total

_HUNDREDTHS = 100
_SHOWN_PLACES = Decimal("0.000000000001")


class RemedyField(StrEnum):
    """What would be changed."""

    HOURLY_RATE = "hourly_rate"
    BASE_AMOUNT = "base_amount"
    MONTHLY_LIMIT_HOURS = "monthly_limit_hours"


class Remedy(Frozen):
    """A price or limit at which the months would have reached the target, or the reason why there is none."""

    field: RemedyField
    now: Decimal
    needed: Decimal | None = None
    exact: Decimal | None = None
    revenue: Decimal | None = None
    net_margin: Decimal | None = None
    net_percent: Decimal | None = None
    reason: str = ""


class FlaggedContract(Frozen):
    """A contract whose net margin is below the target. `shortfall` is the revenue that is missing."""

    row: MarginRow
    target_percent: Decimal
    shortfall: Decimal
    remedies: tuple[Remedy, ...]


def flagged_contracts(
    entries: Iterable[MarginEntry], invoices: Iterable[LiveInvoice], target_percent: Decimal
) -> list[FlaggedContract]:
    """Return the contracts below the target, the lowest margin first. `entries` are in the contracts' own currencies.

    A contract of which a cost is missing is left out, because its margin is not known.
    """
    every = list(entries)
    worklogs = {each.worklog_id: each.worklog for each in every if each.worklog is not None}
    by_contract: dict[tuple[str, Currency], list[Content]] = {}
    for invoice in invoices:
        key = invoice.content.subject_key, invoice.content.currency
        by_contract.setdefault(key, []).append(invoice.content)
    found = []
    for row in margin_rows(every, GroupBy.CONTRACT):
        contents = by_contract.get((row.key, row.currency), [])
        if contents and row.net_margin is not None and _is_below(row, target_percent):
            found.append(_flagged(row, sorted(contents, key=lambda each: each.period.start), worklogs, target_percent))
    return sorted(found, key=lambda each: (each.row.net_percent is not None, each.row.net_percent, each.row.key))


def _is_below(row: MarginRow, target_percent: Decimal) -> bool:
    assert row.net_margin is not None
    return row.net_margin * HUNDRED < target_percent * row.revenue or row.revenue <= 0


def _flagged(
    row: MarginRow, contents: Sequence[Content], worklogs: Mapping[str, Worklog], target_percent: Decimal
) -> FlaggedContract:
    cost, wanted = row.direct_cost + row.overhead, target_percent / HUNDRED
    months = _Months(contents, worklogs, cost, wanted)
    with exactly():
        needed = cost / (1 - wanted) if wanted < 1 else None
        shortfall = row.revenue if needed is None else needed - row.revenue
        return FlaggedContract(
            row=row,
            target_percent=target_percent,
            shortfall=round_amount(shortfall, row.currency),
            remedies=tuple(months.remedies(needed)),
        )


@dataclass(frozen=True)
class _Months:
    """The issued invoices of one contract, in one currency."""

    contents: Sequence[Content]
    worklogs: Mapping[str, Worklog]
    cost: Decimal
    wanted: Decimal

    def remedies(self, needed: Decimal | None) -> list[Remedy]:
        newest = self.contents[-1].service
        if newest.deal_type is DealType.HR:
            return [self._price(RemedyField.HOURLY_RATE, needed)]
        base = self._price(RemedyField.BASE_AMOUNT, needed)
        return [base, self._limit(needed)] if newest.deal_type is DealType.SUP else [base]

    def _price(self, field: RemedyField, needed: Decimal | None) -> Remedy:
        unsolved = Remedy(field=field, now=self._now(field))
        if needed is None:
            return _without(unsolved, "The target takes the whole revenue; no price leaves enough for the costs.")
        weight, rest = self._linear(field)
        if not weight:
            return _without(unsolved, "No invoice of these months has a line that this price changes.")
        exact = max((needed - rest) / weight, Decimal(0))
        step = Decimal(1).scaleb(-MINOR_UNITS[self._currency])

        def reaches(steps: int) -> bool:
            return self._reaches(self._revenue_at(field, steps * step))

        price = step * smallest(reaches, int((exact / step).to_integral_value(ROUND_FLOOR)))
        revenue = self._revenue_at(field, price)
        return self._solved(unsolved, price, exact.quantize(_SHOWN_PLACES), revenue)

    def _limit(self, needed: Decimal | None) -> Remedy:
        """Return the highest monthly limit at which overtime brings in enough."""
        highest = max(content.service.rate_rule.monthly_limit_hours for content in self.contents)
        unsolved = Remedy(field=RemedyField.MONTHLY_LIMIT_HOURS, now=self._now(RemedyField.MONTHLY_LIMIT_HOURS))
        if not any(content.service.rate_rule.base_hourly_rate for content in self.contents):
            return _without(unsolved, "The contract has no hourly rate, so no limit changes its revenue.")
        gone = [key for content in self.contents for key in invoice_seconds(content) if key not in self.worklogs]
        if gone:
            return _without(unsolved, f"{len(gone)} worklogs are no longer in ClickHouse, so overtime is not known.")
        months = [(content, self._shares(content)) for content in self.contents]

        def revenue_at(hundredths: int) -> Decimal:
            limit = Decimal(hundredths) / _HUNDREDTHS
            return total(_with_limit(content, shares, limit) for content, shares in months)

        if needed is None or not self._reaches(revenue_at(0)):
            return _without(unsolved, "Even if every hour were overtime, the revenue would not be enough.")
        low, high = 0, int(highest * _HUNDREDTHS) + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._reaches(revenue_at(middle)) else (low, middle)
        return self._solved(unsolved, Decimal(low) / _HUNDREDTHS, None, revenue_at(low))

    def _solved(self, unsolved: Remedy, value: Decimal, exact: Decimal | None, revenue: Decimal) -> Remedy:
        margin = revenue - self.cost
        return unsolved.model_copy(
            update={
                "needed": value,
                "exact": exact,
                "revenue": revenue,
                "net_margin": margin,
                "net_percent": percentage(margin, revenue),
            }
        )

    @property
    def _currency(self) -> Currency:
        return self.contents[-1].currency

    def _reaches(self, revenue: Decimal) -> bool:
        return revenue - self.cost >= self.wanted * revenue

    def _now(self, field: RemedyField) -> Decimal:
        """Return the price or limit of the newest invoice."""
        content = self.contents[-1]
        match field:
            case RemedyField.HOURLY_RATE:
                return content.service.rate_rule.base_hourly_rate
            case RemedyField.MONTHLY_LIMIT_HOURS:
                return content.service.rate_rule.monthly_limit_hours
            case RemedyField.BASE_AMOUNT:
                return total(line.line_total for line in content.lines if _is_priced(field, line))

    def _linear(self, field: RemedyField) -> tuple[Decimal, Decimal]:
        """Return by how much the revenue grows with the price, and what does not depend on it."""
        weight = rest = Decimal(0)
        for content in self.contents:
            if content.totals.total_is_manual:
                rest += net_revenue(content)
                continue
            without_tax = 1 + content.tax.rate if content.tax and content.tax.included else Decimal(1)
            billed = [line for line in content.lines if line.billed]
            changed = [line for line in billed if _depends(field, line, content)]
            weight += sum((_units(field, line) for line in changed), Decimal(0)) / without_tax
            rest += total(line.line_total for line in billed if line not in changed) / without_tax
        return weight, rest

    def _revenue_at(self, field: RemedyField, price: Decimal) -> Decimal:
        def priced(content: Content, line: Line) -> Line:
            if not (line.billed and _depends(field, line, content)):
                return line
            amount = round_amount(_units(field, line) * price, content.currency)
            return line.model_copy(update={"line_total": amount})

        return total(_net_of(content, [priced(content, line) for line in content.lines]) for content in self.contents)

    def _shares(self, content: Content) -> list[Share]:
        worked = [
            self.worklogs[key].model_copy(update={"seconds": seconds})
            for key, seconds in invoice_seconds(content).items()
        ]
        return shares_of(content.service.rate_rule, worked)


def _is_priced(field: RemedyField, line: Line) -> bool:
    """Return whether the price sets the amount of the line; a line that a person entered has its own."""
    if line.rule == MANUAL_RULE:
        return False
    return line.line_type in (WORK_TYPES if field is RemedyField.HOURLY_RATE else BASE_TYPES)


def _depends(field: RemedyField, line: Line, content: Content) -> bool:
    """Return whether another price would change the line. The base of an empty month of support is not charged."""
    if not _is_priced(field, line):
        return False
    empty = line.line_type is LineType.SUPPORT and not invoice_seconds(content)
    return not empty or content.service.rate_rule.bill_base_when_empty


def _units(field: RemedyField, line: Line) -> Decimal:
    return line.quantity * line.rate_multiplier if field is RemedyField.HOURLY_RATE else Decimal(1)


def _net_of(content: Content, lines: Sequence[Line]) -> Decimal:
    """Return the revenue of the invoice with these lines; a total that was typed by hand stays."""
    if content.totals.total_is_manual:
        return net_revenue(content)
    hours = content.totals.total_hours
    return sum_up(lines, currency=content.currency, tax=content.tax, total_hours=hours).net_amount


def _with_limit(content: Content, shares: list[Share], limit: Decimal) -> Decimal:
    """Return the revenue of the invoice with another monthly limit."""
    rule = content.service.rate_rule.model_copy(update={"monthly_limit_hours": limit})
    others = [line for line in content.lines if line.rule != "SUP.overtime"]
    overtime = overtime_lines(split_at_limit(shares, limit), shares, rule, content.currency)
    return _net_of(content, [*others, *overtime])


def _without(remedy: Remedy, reason: str) -> Remedy:
    return remedy.model_copy(update={"reason": reason})
