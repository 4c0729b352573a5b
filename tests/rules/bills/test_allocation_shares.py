"""Costs are divided exactly: shares add up to the cost, minor units to the bill's net."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bills.allocation.allocation import AllocationSource, CostGroup, allocate
from models.bills.allocation.rule import AllocationRule, Share, TargetKind, applying
from models.bills.allocation.shares import exact_sum, minor_units, split
from models.values.currencies import Currency

COSTS = st.decimals("-1e12", "1e12", places=26, allow_nan=False, allow_infinity=False) | st.decimals(
    "-1e6", "1e6", places=2, allow_nan=False, allow_infinity=False
)


def rule(key: str, *shares: tuple[str, str], position: int = 10, **fields: object) -> AllocationRule:
    """Return a rule whose shares are contracts with percentages."""
    return AllocationRule.model_validate(
        {
            "key": key,
            "position": position,
            "shares": [{"kind": "contract", "key": name, "percent": percent} for name, percent in shares],
            "valid_from": date(2026, 1, 1),
            **fields,
        }
    )


@st.composite
def percentages(draw: st.DrawFn) -> list[Decimal]:
    """Draw percentages with four decimals that add up to 100."""
    cuts = sorted(draw(st.sets(st.integers(1, 999_999), max_size=6)))
    edges = [0, *cuts, 1_000_000]
    return [Decimal(b - a).scaleb(-4) for a, b in pairwise(edges)]


@given(COSTS, percentages())
def test_the_shares_of_a_cost_add_up_to_it(cost: Decimal, percents: list[Decimal]) -> None:
    assert exact_sum(split(cost, percents)) == cost


@pytest.mark.parametrize(
    ("amounts", "whole", "expected"),
    [
        # A third of 100.00 each is 33.3333...: the first of the equal remainders gets the missing cent.
        (["33.3333333333", "33.3333333333", "33.3333333334"], 10000, [3333, 3333, 3334]),
        (["0.005", "0.005"], 1, [1, 0]),
        # -0.005 and -0.005 are -1 and -1 cents when rounded down; one gets a cent back.
        (["-0.005", "-0.005"], -1, [0, -1]),
        (["10.00"], 999, [999]),
        ([], 0, []),
    ],
)
def test_the_largest_remainders_get_the_missing_units(amounts: list[str], whole: int, expected: list[int]) -> None:
    assert minor_units([Decimal(each) for each in amounts], whole, 2) == expected


@given(st.lists(COSTS, min_size=1, max_size=20), st.integers(-2, 2), st.sampled_from([0, 2, 3]))
def test_minor_units_add_up_and_stay_within_their_amounts(costs: list[Decimal], off: int, decimals: int) -> None:
    whole = int(exact_sum(costs).scaleb(decimals).to_integral_value()) + off
    units = minor_units(costs, whole, decimals)
    assert sum(units) == whole
    if not off:
        assert all(abs(unit - cost.scaleb(decimals)) < 2 for unit, cost in zip(units, costs, strict=True))


@given(
    st.lists(
        st.builds(
            CostGroup,
            rule_position=st.none() | st.integers(0, 1),
            contract=st.none() | st.just("APP-9"),
            project=st.none() | st.just("inner"),
            service=st.sampled_from(["Droplets", "Backups", ""]),
            amount=COSTS,
            line_count=st.integers(1, 9),
        ),
        max_size=12,
    )
)
def test_the_allocations_of_a_bill_add_up_to_its_net(groups: list[CostGroup]) -> None:
    rules = (rule("a", ("APP-1", "33.3333"), ("APP-2", "66.6667")), rule("b", ("APP-3", "100")))
    net = exact_sum([group.amount for group in groups])
    net_minor = int((net * 100).to_integral_value()) if groups else 0
    found = allocate(groups, rules, net_minor, Currency.USD)
    assert exact_sum([each.amount for each in found]) == net
    assert sum(each.amount_minor for each in found) == net_minor


def test_a_cost_without_a_rule_follows_its_resource_or_stays_unallocated() -> None:
    groups = [
        CostGroup(contract="APP-1", service="Droplets", amount=Decimal("1.10"), line_count=1),
        CostGroup(project="inner", service="Droplets", amount=Decimal("2.20"), line_count=2),
        CostGroup(service="Bandwidth", amount=Decimal("3.30"), line_count=3),
    ]
    found = allocate(groups, (), 660, Currency.USD)
    assert [(each.target_kind, each.target_key, each.source, each.amount_minor) for each in found] == [
        (TargetKind.CONTRACT, "APP-1", AllocationSource.RESOURCE, 110),
        (TargetKind.PROJECT, "inner", AllocationSource.RESOURCE, 220),
        (TargetKind.UNALLOCATED, None, AllocationSource.NONE, 330),
    ]


def test_the_rules_of_a_bill_are_those_of_its_last_day_in_their_order() -> None:
    rules = [
        rule("late", ("APP-1", "100"), position=2, service="Droplets"),
        rule("early", ("APP-1", "100"), position=1, service="Droplets"),
        rule("ended", ("APP-1", "100"), service="Droplets", valid_to=date(2026, 4, 29)),
        rule("other", ("APP-1", "100"), service="Droplets", provider="aws"),
        rule("inactive", ("APP-1", "100"), service="Droplets", active=False),
    ]
    found = applying(rules, "DigitalOcean", date(2026, 4, 30))
    assert [each.key for each in found] == ["early", "late"]
    assert found[0].shares == (Share(kind=TargetKind.CONTRACT, key="APP-1", percent=Decimal(100)),)
