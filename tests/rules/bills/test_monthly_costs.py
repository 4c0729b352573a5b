"""The costs of vendors' bills by month: the months, the groups and the change (docs/specification/bills.md 13)."""

from datetime import date
from decimal import Decimal

import pytest

from models.bills.monthly_costs import MOST_GROUPS, MonthCost, by_currency, change_of, months_until
from models.values.currencies import Currency
from models.values.period import Period

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def exact(*amounts: int) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def cost(month: date, name: str | None, net: str, currency: Currency = Currency.USD) -> MonthCost:
    return MonthCost(currency, month, name, Decimal(net), 1)


def test_the_months_before_a_month_cross_the_year() -> None:
    assert months_until(Period.parse("2026-02"), 4) == (
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    )


def test_currencies_are_apart_and_the_greatest_group_comes_first() -> None:
    found = [cost(APRIL, "b", "5"), cost(MARCH, "a", "1"), cost(APRIL, "a", "-7"), cost(APRIL, "a", "2", Currency.EUR)]
    euro, dollar = by_currency(found, found, (MARCH, APRIL))
    assert (euro.currency, [group.costs for group in euro.groups]) == (Currency.EUR, [exact(0, 2)])
    assert [(group.name, group.costs) for group in dollar.groups] == [
        ("a", exact(1, -7)),
        ("b", exact(0, 5)),
    ]
    assert dollar.costs == exact(1, -2)
    assert dollar.bills == [1, 2]


def test_the_smallest_groups_stand_together() -> None:
    """Groups of 1 to 33: the three smallest are 1 + 2 + 3."""
    found = [cost(APRIL, f"service {number}", str(number)) for number in range(1, MOST_GROUPS + 4)]
    [dollar] = by_currency(found, found, (MARCH, APRIL))
    assert len(dollar.groups) == MOST_GROUPS + 1
    assert (dollar.groups[-1].is_others, dollar.groups[-1].costs) == (True, exact(0, 6))
    assert sum(group.costs[1] for group in dollar.groups) == dollar.costs[1]


@pytest.mark.parametrize(
    ("before", "now", "change", "percent"),
    [("10", "12.005", "2.005", "20.1"), ("10", "5", "-5", "-50.0"), ("-10", "5", "15", "150.0"), ("0", "5", "5", None)],
)
def test_the_change_is_that_of_the_last_month(before: str, now: str, change: str, percent: str | None) -> None:
    found = change_of([Decimal(99), Decimal(before), Decimal(now)])
    assert found == (Decimal(change), None if percent is None else Decimal(percent))
