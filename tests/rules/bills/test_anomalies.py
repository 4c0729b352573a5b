"""Which changes of cost are unusual (docs/specification/bills.md 10)."""

from decimal import Decimal

import pytest

from models.bills.anomalies import (
    MOST_LISTED,
    Anomaly,
    AnomalyKind,
    Compared,
    Thresholds,
    cost_changes,
    is_unusual,
    most_important,
    resource_changes,
    vanished_credits,
)
from models.values.currencies import Currency

THRESHOLDS = Thresholds(percent=Decimal(20), amount=Decimal(10))


@pytest.mark.parametrize(
    ("before", "now", "unusual"),
    [
        ("50", "60", True),  # +10 is 20 % of 50: both thresholds are reached exactly
        ("50", "59.99", False),  # the amount is below 10
        ("100", "119.99", False),  # 19.99 %
        ("100", "80", True),
        ("0", "10", True),  # of nothing every percentage
        ("0", "9.99", False),
        ("-50", "-40", True),  # a credit of 50 that became 40
        ("10", "10", False),
    ],
)
def test_a_change_reaches_the_percentage_and_the_amount(before: str, now: str, unusual: bool) -> None:
    assert is_unusual(Decimal(before), Decimal(now), THRESHOLDS) is unusual


def test_a_threshold_of_zero_still_needs_a_change() -> None:
    none = Thresholds(percent=Decimal(0), amount=Decimal(0))
    assert not is_unusual(Decimal(5), Decimal(5), none)
    assert is_unusual(Decimal(5), Decimal("5.0000000000000000000000001"), none)


def test_an_anomaly_tells_the_costs_and_the_change() -> None:
    compared = Compared(service="Droplets", project="zenit", before=Decimal("40"), now=Decimal("60"))
    [found] = cost_changes([compared], THRESHOLDS, Currency.USD)
    assert (found.kind, found.change, found.percent) == (AnomalyKind.COST_CHANGED, Decimal(20), Decimal("50.0"))
    assert found.message == "Droplets of the project zenit: 40.00 -> 60.00 USD (+50.0 %)."


def test_a_tiny_cost_that_grew_has_its_percentage() -> None:
    compared = Compared(service="s", before=Decimal("1e-26"), now=Decimal(100))
    [found] = cost_changes([compared], THRESHOLDS, Currency.USD)
    assert found.percent is not None
    assert found.percent > Decimal("9.9e29")  # 100 / 1e-26 * 100 - 100


def test_resources_of_one_month_only_are_new_or_gone() -> None:
    rows = [
        Compared(service="Droplets", resource_key="id:1", before=None, now=Decimal(5)),
        Compared(service="Droplets", resource_key="id:2", before=Decimal(6), now=None),
        Compared(service="Droplets", resource_key="id:3", before=Decimal(0), now=Decimal(0)),
    ]
    assert [(each.kind, each.resource_key, each.change) for each in resource_changes(rows, Currency.USD)] == [
        (AnomalyKind.NEW_RESOURCE, "id:1", Decimal(5)),
        (AnomalyKind.VANISHED_RESOURCE, "id:2", Decimal(-6)),
    ]


def test_only_credits_that_are_gone_are_reported() -> None:
    rows = [
        Compared(service="Credits", resource_key="Startup credit", before=Decimal(-100), now=None),
        Compared(service="Credits", resource_key="Trial", before=Decimal(-5), now=Decimal(-1)),
    ]
    [found] = vanished_credits(rows, Currency.USD)
    assert (found.kind, found.change) == (AnomalyKind.VANISHED_CREDIT, Decimal(100))


def test_the_greatest_changes_of_each_kind_are_listed() -> None:
    def anomaly(kind: AnomalyKind, change: int) -> Anomaly:
        return Anomaly(kind=kind, service="s", change=Decimal(change), message=str(change))

    many = [anomaly(AnomalyKind.NEW_RESOURCE, n) for n in range(MOST_LISTED + 1)]
    found = most_important([*many, anomaly(AnomalyKind.COST_CHANGED, -1)])
    assert [found[0].kind, found[1].change, len(found)] == [AnomalyKind.COST_CHANGED, MOST_LISTED, MOST_LISTED + 1]
    assert min(each.change for each in found[1:]) == 1
