"""What the page of a calculation and that of a saved one show of the results."""

from collections.abc import Sequence
from typing import Any

from api.pages.calculator.chart import charts
from api.pages.rendering import Desk
from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.comparison import compare


def shown_results(desk: Desk, results: Sequence[tuple[str, ScenarioResult]]) -> dict[str, Any]:
    """Return what the page of a calculation and that of a saved one show of the results."""
    shown = [(letter, each if desk.sees_costs else each.without_costs()) for letter, each in results]
    return {
        "results": shown,
        "compared": {each.figure: each for each in compare([each for _, each in shown])},
        "with_margins": bool(shown) and all(each.margin for _, each in shown),
        "charts": charts(shown),
        "is_filled": any(each.price.revenue or (each.margin and each.margin.margin.direct_cost) for _, each in shown),
    }
