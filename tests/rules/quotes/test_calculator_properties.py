"""Properties of calculations that hold for any scenario (docs/specification/quotes.md 2.3)."""

from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from models.quotes.calculator.calculation import prices_only, with_margin
from models.quotes.calculator.cost import Variation
from models.quotes.calculator.cost_book import CostBook, rated
from models.quotes.calculator.margin import margin_with
from models.quotes.calculator.scenario import OtherCost, Scenario, Target
from models.quotes.calculator.target import TargetPrice, at_price
from models.quotes.numbers import exactly
from tests.fixtures.properties import examples
from tests.fixtures.scenarios import TODAY, margin_of
from tests.rules.quotes.scenario_strategies import BOOKS, COSTS, MEMBERS, decimals, scenarios

D = Decimal
CENT = D("0.01")
MARGINS = st.sampled_from([D(0), D("12.5"), D(40), D("66.66")])
STEPS = st.sampled_from([CENT, D("0.25"), D(1), D(500)])


def solved(given: Scenario, known: CostBook, margin: Decimal, step: Decimal = CENT) -> TargetPrice:
    target = Target(margin_percent=margin, step=step)
    found = margin_of(with_margin(given.model_copy(update={"target": target}), TODAY, known)).target
    assert found is not None
    return found


def reaches(given: Scenario, known: CostBook, field: str, price: Decimal, margin: Decimal) -> bool:
    at_it = given.model_copy(update={"prices": at_price(given.prices, field, price)})
    found = margin_of(with_margin(at_it, TODAY, known)).margin
    return found.net_margin >= margin / 100 * found.revenue


@given(scenarios(), BOOKS, MARGINS, STEPS)
@examples(60)
def test_the_price_of_a_target_is_the_smallest_that_reaches_it(
    scenario: Scenario, known: CostBook, margin: Decimal, step: Decimal
) -> None:
    found = solved(scenario, known, margin, step)
    if found.price is None:
        assert found.reason
        return
    assert found.price % step == 0
    assert reaches(scenario, known, found.field, found.price, margin)
    if found.price > 0:
        assert not reaches(scenario, known, found.field, found.price - step, margin)


@given(scenarios(), BOOKS, MARGINS)
def test_the_exact_revenue_yields_the_margin_to_the_cent(scenario: Scenario, known: CostBook, margin: Decimal) -> None:
    """From the costs alone: what the revenue leaves after costs and waiting is the wanted part of it."""
    found = solved(scenario, known, margin)
    assume(found.exact_revenue is not None)
    assert found.exact_revenue is not None
    costs = margin_of(with_margin(scenario, TODAY, known)).margin
    waiting = found.exact_revenue * scenario.financing_percent * scenario.payment_days / D(36500)
    left = found.exact_revenue - costs.direct_cost - costs.overhead - waiting
    assert abs(left - margin / 100 * found.exact_revenue) < D("0.000001")


@given(
    scenarios(
        deal_type=st.just("HR"),
        discount=st.none(),
        costs=st.just([]),
        hours=st.fixed_dictionaries({"standard": decimals("1", "300"), "off_hours": decimals("1", "40")}),
        tax_percent=st.just("0"),
    ),
    BOOKS,
    MARGINS,
)
def test_the_exact_price_gives_the_exact_revenue(scenario: Scenario, known: CostBook, margin: Decimal) -> None:
    """Hours x price x multiplier, without any rounding, in each month of the term."""
    found = solved(scenario, known, margin)
    assert found.exact_price is not None
    assert found.exact_revenue is not None
    weight = scenario.hours.standard + scenario.hours.off_hours * scenario.prices.off_hours_multiplier
    assert abs(weight * found.exact_price * scenario.term_months - found.exact_revenue) < D("0.00001")


@given(
    scenarios(
        deal_type=st.just("FP"),
        discount=st.none(),
        term_months=st.just(1),
        prices_include_tax=st.just(False),
        payment_days=st.just(0),
    ),
    BOOKS,
    MARGINS,
)
def test_a_price_in_cents_yields_the_margin_to_the_cent(scenario: Scenario, known: CostBook, margin: Decimal) -> None:
    """One amount that is charged once and waits for nothing: the rounding of the price is below a cent."""
    found = solved(scenario, known, margin)
    assert found.price is not None
    assert found.net_margin is not None
    assert found.revenue is not None
    assume(found.price > 0)
    assert 0 <= found.net_margin - margin / 100 * found.revenue < CENT


@given(scenarios(), BOOKS, st.data())
def test_more_cost_never_raises_the_margin(scenario: Scenario, known: CostBook, data: st.DataObject) -> None:
    before = margin_of(with_margin(scenario, TODAY, known)).margin
    member = data.draw(MEMBERS)
    cost = OtherCost.model_validate(data.draw(COSTS) | {"passed_on": False})
    dearer = [
        scenario.model_copy(update={"costs": (*scenario.costs, cost)}),
        Scenario.model_validate(scenario.model_dump() | {"team": [*scenario.model_dump()["team"], member]}),
        scenario.model_copy(update={"payment_days": scenario.payment_days + 5}),
    ]
    for each in dearer:
        after = margin_of(with_margin(each, TODAY, known)).margin
        assert after.revenue == before.revenue
        assert after.net_margin <= before.net_margin
        assert after.gross_margin <= before.gross_margin


@given(scenarios(), BOOKS, st.sampled_from([D("1.01"), D(2)]))
def test_a_dearer_rate_never_raises_the_margin(scenario: Scenario, known: CostBook, factor: Decimal) -> None:
    rates = tuple(each.model_copy(update={"gross": each.gross * factor}) for each in known.cost_rates)
    rules = tuple(
        each.model_copy(
            update={name: number * factor for name in ("percent", "amount") if (number := getattr(each, name))}
        )
        for each in known.overhead_rules
    )
    before = margin_of(with_margin(scenario, TODAY, known)).margin
    for dearer in (
        known.model_copy(update={"cost_rates": rates}),
        known.model_copy(update={"overhead_rules": rules}),
    ):
        assert margin_of(with_margin(scenario, TODAY, dearer)).margin.net_margin <= before.net_margin


@given(scenarios(team=st.just([]), costs=st.just([])), BOOKS)
def test_without_people_there_is_no_cost(scenario: Scenario, known: CostBook) -> None:
    found = margin_of(with_margin(scenario, TODAY, known)).margin
    assert (found.direct_cost, found.overhead, found.gross_margin) == (D(0), D(0), found.revenue)


@given(scenarios(), BOOKS)
def test_the_price_is_the_same_for_everybody(scenario: Scenario, known: CostBook) -> None:
    result = with_margin(scenario, TODAY, known)
    assert prices_only(scenario, TODAY, known.exchange_rates) == result.without_costs()
    assert result.without_costs().margin is None


@given(scenarios(), BOOKS)
def test_the_sums_follow_from_the_lines(scenario: Scenario, known: CostBook) -> None:
    result = with_margin(scenario, TODAY, known)
    found = margin_of(result).margin
    parts = {name: sum(x.total for x in found.lines if x.rule.startswith(name)) for name in ("cost.", "overhead.")}
    assert parts == {"cost.": found.direct_cost + found.waiting, "overhead.": found.overhead}
    assert found.net_margin == found.revenue - found.direct_cost - found.overhead - found.waiting
    assert found.revenue == result.price.revenue == result.price.list_revenue - result.price.discount
    assert result.price.total == result.price.revenue + result.price.tax
    if not scenario.prices_include_tax:
        assert sum(each.total for each in result.price.lines if each.counted) == result.price.revenue


@given(scenarios(), BOOKS)
def test_what_is_saved_is_read_again(scenario: Scenario, known: CostBook) -> None:
    result = with_margin(scenario, TODAY, known)
    assert type(result).model_validate_json(result.model_dump_json()) == result


@given(scenarios(team=st.lists(MEMBERS, min_size=1, max_size=2)), BOOKS)
@examples(30)
def test_the_margin_turns_at_each_break_even_point(scenario: Scenario, known: CostBook) -> None:
    """Standard hours alone, so that the scenario can be repeated with the hours of the point, team in proportion."""
    only = scenario.model_copy(
        update={"hours": scenario.hours.model_copy(update={"p1_p3_off_hours": D(0), "p1_p3": D(0), "off_hours": D(0)})}
    )
    assume(only.hours.standard >= 1)
    for point in margin_of(with_margin(only, TODAY, known)).break_even.points:
        inside, outside = (
            (point.hours, point.hours - CENT) if point.side == "from" else (point.hours, point.hours + CENT)
        )
        assert _net_at(only, known, inside) >= 0
        assert _net_at(only, known, outside) < 0


def _net_at(scenario: Scenario, known: CostBook, hours: Decimal) -> Decimal:
    with exactly():
        return margin_with(rated(scenario, TODAY, known), Variation(hours=hours / scenario.hours.standard)).net_margin
