"""The calculator gives the worked examples, and break-even, sensitivity and comparison worked out by hand."""

from decimal import Decimal
from operator import attrgetter

import pytest

from models.quotes.calculator.comparison import compare
from tests.fixtures.scenarios import book, calculated, margin_of, scenario, team
from tests.rules.quotes.worked_examples import ALL, FIXED, SUPPORT, Case, Given


@pytest.mark.parametrize(
    "case", [pytest.param(each, id=f"{kind}: {each.name}") for kind, cases in ALL.items() for each in cases]
)
def test_worked_example(case: Case) -> None:
    result = calculated(scenario(**case.given), book(*case.overheads))
    found = {path: attrgetter(path)(result) for path in case.expected}
    assert found == {path: None if text is None else Decimal(text) for path, text in case.expected.items()}


@pytest.mark.parametrize(
    ("given", "points"),
    [
        # an hour leaves 11.25, so 1,125.00 need 100 hours
        ({"costs": [{"name": "setup", "amount": "1125.00"}]}, [("100", "from")]),
        # 213.33 x 18.75 = 3,999.94; a hundredth more costs 4,000.13
        (FIXED, [("213.33", "up_to")]),
        # 66.66 x 30 = 1,999.80 is below the base of 2,000; at 80 hours 400 are missing, and each hour above leaves 15:
        # 26.67 x 15 = 400.05
        (SUPPORT | {"team": [team("senior")]}, [("66.66", "up_to"), ("106.67", "from")]),
        # each hour leaves 11.25, or costs more than it brings
        ({}, []),
        ({"prices": {"hourly_rate": "18.00"}}, []),
    ],
)
def test_break_even(given: Given, points: list[tuple[str, str]]) -> None:
    found = margin_of(calculated(scenario(**given))).break_even
    assert [(each.hours, each.side) for each in found.points] == [(Decimal(hours), side) for hours, side in points]
    assert bool(found.note) is not bool(points)


def test_the_note_of_a_break_even_tells_which_side_holds() -> None:
    assert margin_of(calculated()).break_even.note == "Every number of hours pays, from 1 to 1000.00 hours in a month."
    dear = margin_of(calculated(scenario(prices={"hourly_rate": "18.00"}))).break_even.note
    assert dear.startswith("No number of hours pays")
    assert "nothing to vary" in margin_of(calculated(scenario(hours={}))).break_even.note


def test_sensitivity() -> None:
    """With a local developer beside: 1,875.00 + 100 x 100,000 UZS = 800.00; the margin is 325.00.

    Hours: 2,400 - 2,140 and 3,600 - 3,210. Utilisation: 72 % gives 115.2 hours, 240,000 / 115.2 = 2,083.33, and 90 % of
    the other one gives 888.89; 88 % gives 1,704.55, and 100 % stays 800.00. Exchange: 720.00 and 880.00.
    """
    found = margin_of(calculated(scenario(team=[team(), team("local")])))
    assert found.margin.net_margin == Decimal("325.00")
    assert [(each.varied, f"{each.percent:+.0f}", each.net_margin, each.change) for each in found.sensitivities] == [
        ("hours", "-20", Decimal("260.00"), Decimal("-65.00")),
        ("hours", "+20", Decimal("390.00"), Decimal("65.00")),
        ("utilisation", "-10", Decimal("27.78"), Decimal("-297.22")),
        ("utilisation", "+10", Decimal("495.45"), Decimal("170.45")),
        ("exchange_rate", "-10", Decimal("405.00"), Decimal("80.00")),
        ("exchange_rate", "+10", Decimal("245.00"), Decimal("-80.00")),
    ]


def test_other_discounts() -> None:
    """100 h x 30.00 with a discount of 12.5 % are 2,625.00; the cost is 1,875.00 whatever the discount."""
    found = calculated(scenario(discount={"percent": "12.5"}))
    expected = [
        ("0", "3000.00", "1125.00", "37.50"),
        ("5", "2850.00", "975.00", "34.21"),
        ("10", "2700.00", "825.00", "30.56"),
        ("12.5", "2625.00", "750.00", "28.57"),
        ("15", "2550.00", "675.00", "26.47"),
        ("20", "2400.00", "525.00", "21.88"),
    ]
    assert [(each.percent, each.revenue) for each in found.discounts] == [
        (Decimal(percent), Decimal(revenue)) for percent, revenue, _, _ in expected
    ]
    assert [(each.percent, each.net_margin, each.net_percent) for each in margin_of(found).discounts] == [
        (Decimal(percent), Decimal(margin), Decimal(share)) for percent, _, margin, share in expected
    ]


def test_an_amount_off_is_replaced_by_the_percentage() -> None:
    found = calculated(scenario(discount={"amount": "5.00"})).discounts
    assert [(each.percent, each.revenue) for each in found][:2] == [
        (Decimal(0), Decimal("3000.00")),
        (Decimal(5), Decimal("2850.00")),
    ]


def test_the_margin_over_the_hours() -> None:
    """A support contract of 2,000.00 with 80 h inside, above them 45.00; an hour costs 18.75.

    20 h: 2,000 - 375; 100 h: 2,900 - 1,875; 200 h: 2,000 + 120 x 45 - 3,750 = 3,650.
    """
    curve = {each.hours: each.net_margin for each in margin_of(calculated(scenario(**SUPPORT))).curve}
    assert len(curve) == 10
    assert [curve[Decimal(hours)] for hours in (20, 100, 200)] == [Decimal(1625), Decimal(1025), Decimal(3650)]
    assert margin_of(calculated(scenario(hours={}))).curve == ()


def test_what_cannot_vary_is_left_out() -> None:
    varied = [each.varied for each in margin_of(calculated(scenario(team=[]))).sensitivities]
    assert varied == ["hours", "hours"]


def test_scenarios_are_compared_with_the_first() -> None:
    """3,000, 2,700 and 40,000,000 UZS; the margins are 37.5 %, 825 / 2,700 = 30.56 % and 41.41 %."""
    results = [
        calculated(),
        calculated(scenario(discount={"percent": "10"})),
        calculated(scenario(currency="UZS", prices={"hourly_rate": "400000"})),
    ]
    rows = {each.figure: each for each in compare(results)}
    assert rows["revenue"].values == (Decimal(3000), Decimal(2700), Decimal(40000000))
    assert rows["revenue"].differences == (Decimal(0), Decimal(-300), None)
    assert rows["net_percent"].values == (Decimal("37.50"), Decimal("30.56"), Decimal("41.41"))
    assert rows["net_percent"].differences == (Decimal(0), Decimal("-6.94"), Decimal("3.91"))
    assert compare(results[:1]) == ()
    mixed = compare([results[0], results[1].without_costs()])
    assert {each.figure for each in mixed} == {"month_total", "revenue", "total"}


def test_warnings_name_what_a_person_should_look_at() -> None:
    assert margin_of(calculated()).warnings == ()
    [hours] = margin_of(calculated(scenario(hours={"standard": "90"}))).warnings
    assert "100.00 billable hours" in hours
    assert "90.00 are expected" in hours
    [nobody] = margin_of(calculated(scenario(team=[]))).warnings
    assert "no team" in nobody
    [old] = margin_of(calculated(scenario(team=[team("local")], on="2026-02-20"))).warnings
    assert "19 days old" in old
