"""The costs of vendors' bills by month, and the change to the month before (docs/specification/bills.md 13).

Costs are without tax. Amounts of different currencies are never added up.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from models.bills.allocation.shares import EXACT, exact_sum
from models.values.currencies import Currency
from models.values.period import Period

MOST_GROUPS: Final = 30
_TENTH = Decimal("0.1")


class MonthsBy(StrEnum):
    """What the costs of a month are grouped by."""

    PROVIDER = "provider"
    SERVICE = "service"


class MonthCost(NamedTuple):
    """The cost of one group in one month; `name` is None for bills that are not allocated yet."""

    currency: Currency
    month: date
    name: str | None
    net: Decimal
    bills: int


class GroupMonths(NamedTuple):
    """The costs of a group, one for each month. `others` are the smallest groups together."""

    name: str | None
    is_others: bool
    costs: Sequence[Decimal]


class CurrencyMonths(NamedTuple):
    """The costs in one currency: its groups, the greatest first; the sums of the months, and their numbers of bills."""

    currency: Currency
    groups: Sequence[GroupMonths]
    costs: Sequence[Decimal]
    bills: Sequence[int]


def months_until(last: Period, count: int) -> tuple[date, ...]:
    """Return the first days of as many months, the last one last."""
    number = last.start.year * 12 + last.start.month - 1
    return tuple(date(each // 12, each % 12 + 1, 1) for each in range(number - count + 1, number + 1))


def by_currency(
    found: Iterable[MonthCost], bills: Iterable[MonthCost], months: Sequence[date]
) -> tuple[CurrencyMonths, ...]:
    """Return the costs by currency. `bills` has the numbers of bills, each in one group of its month."""
    costs = list(found)
    counted = list(bills)
    return tuple(
        _of_currency(
            currency,
            [each for each in costs if each.currency is currency],
            [each for each in counted if each.currency is currency],
            months,
        )
        for currency in sorted({each.currency for each in costs})
    )


def change_of(costs: Sequence[Decimal]) -> tuple[Decimal, Decimal | None]:
    """Return the change of the last month to the one before, and in percent of it; None where that was zero."""
    before, now = costs[-2], costs[-1]
    change = EXACT.subtract(now, before)
    return change, (change / abs(before) * 100).quantize(_TENTH, ROUND_HALF_UP) if before else None


def _of_currency(
    currency: Currency, costs: list[MonthCost], bills: list[MonthCost], months: Sequence[date]
) -> CurrencyMonths:
    by_name: dict[str | None, list[MonthCost]] = defaultdict(list)
    for each in costs:
        by_name[each.name].append(each)
    groups = [GroupMonths(name, is_others=False, costs=_row(found, months)) for name, found in by_name.items()]
    groups.sort(key=lambda group: (-exact_sum([abs(cost) for cost in group.costs]), group.name or ""))
    shown, rest = groups[:MOST_GROUPS], groups[MOST_GROUPS:]
    if rest:
        together = [exact_sum([group.costs[n] for group in rest]) for n in range(len(months))]
        shown.append(GroupMonths(None, is_others=True, costs=together))
    counts = [sum(each.bills for each in bills if each.month == month) for month in months]
    return CurrencyMonths(currency, shown, _row(costs, months), counts)


def _row(costs: list[MonthCost], months: Sequence[date]) -> list[Decimal]:
    return [exact_sum([each.net for each in costs if each.month == month]) for month in months]
