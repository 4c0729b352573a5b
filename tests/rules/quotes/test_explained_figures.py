"""Every figure of a calculation follows from the arithmetic that explains it (docs/specification/quotes.md 2.3)."""

import ast
import operator
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from hypothesis import given

from models.quotes.calculator.calculation import ScenarioResult, with_margin
from models.quotes.calculator.cost_book import CostBook
from models.quotes.calculator.explained import RULE_TEXTS, Explained
from models.quotes.calculator.price import INFORMS
from models.quotes.calculator.scenario import Scenario
from models.quotes.numbers import exactly
from models.values.money import round_amount
from tests.fixtures.scenarios import PER_HEAD, PERCENT, SPREAD, TODAY, book, calculated, margin_of, scenario, team
from tests.rules.quotes.scenario_strategies import BOOKS, scenarios

_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def value_of(formula: str) -> Decimal:
    """Return what a formula comes to, exactly."""
    text = formula.replace("×", "*").replace("−", "-")

    def of(node: ast.expr) -> Decimal:
        match node:
            case ast.BinOp():
                return _OPERATORS[type(node.op)](of(node.left), of(node.right))
            case ast.UnaryOp(op=ast.USub()):
                return -of(node.operand)
            case _:
                return Decimal(ast.get_source_segment(text, node) or "")

    with exactly():
        return of(ast.parse(text, mode="eval").body)


def figures(result: ScenarioResult) -> Iterator[Explained]:
    part = margin_of(result).margin
    yield from (*result.price.lines, *result.price.sums, *part.lines, *part.sums)


@given(scenarios(), BOOKS)
def test_each_figure_follows_from_its_formula(given: Scenario, known: CostBook) -> None:
    for each in figures(with_margin(given, TODAY, known)):
        left, _, right = each.formula.removesuffix(INFORMS).rpartition(" = ")
        assert Decimal(right) == each.amount
        assert each.rule_text
        if each.rule != "price.passed_on" and " more" not in left:
            with exactly():
                value = value_of(left.replace("nothing", "0"))
                assert round_amount(value, given.currency) == each.amount, each.formula


def test_every_rule_of_the_calculator_is_explained() -> None:
    costs = [
        {"name": "laptop", "amount": "500.00"},
        {"name": "licence", "amount": "200.00", "passed_on": True, "markup_percent": "10"},
    ]
    given = scenario(costs=costs, payment_days=30, financing_percent="12")
    found = {each.rule for each in figures(calculated(given, book(PERCENT, PER_HEAD, SPREAD)))}
    assert found >= set(RULE_TEXTS)


@pytest.mark.parametrize(("people", "formula"), [(6, "300.00 × (100 / 128 + 100 / 128"), (7, "300.00 × 5.4688 = ")])
def test_a_formula_is_short(people: int, formula: str) -> None:
    """7 x 100 / 128 = 5.46875."""
    part = margin_of(calculated(scenario(team=[team()] * people), book(PER_HEAD))).margin
    assert part.lines[-1].formula.startswith(formula)
    assert all(len(each.formula) < 200 for each in (*part.lines, *part.sums))


def test_a_price_does_not_tell_what_is_paid_for_a_charge() -> None:
    """200.00 with 10 % are charged as 220.00; the costs show both."""
    licence = {"name": "licence", "amount": "200.00", "passed_on": True, "markup_percent": "10"}
    result = calculated(scenario(costs=[licence]))
    [charge] = [each for each in result.price.lines if each.rule == "price.passed_on"]
    assert (charge.formula, charge.inputs) == ("1 × the charge = 220.00", {})
    [paid] = [each for each in margin_of(result).margin.lines if each.rule == "cost.passed_on"]
    assert (paid.formula, paid.inputs) == ("200.00 = 200.00", {"charged": "with 10 % 220.00"})
    assert "200.00" not in result.without_costs().model_dump_json()
