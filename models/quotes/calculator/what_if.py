"""What if: the revenue and the margin at other discounts, and the margin over the hours of a month.

See docs/specification/quotes.md 2.9.
"""

from collections.abc import Sequence
from decimal import Decimal

from models.quotes.calculator.cost import Variation
from models.quotes.calculator.cost_book import RatedCost, RatedScenario
from models.quotes.calculator.margin import margin_on, margin_with, revenue_with
from models.quotes.calculator.scenario import Discount, Scenario
from models.values.base_models import Frozen

DISCOUNTS = tuple(Decimal(percent) for percent in (0, 5, 10, 15, 20))
FACTORS = tuple(Decimal(n) / 5 for n in range(1, 11))  # from a fifth of the expected hours to twice as many
_CENT = Decimal("0.01")


class DiscountPrice(Frozen):
    """The revenue of the term at a discount in per cent."""

    percent: Decimal
    revenue: Decimal


class DiscountMargin(Frozen):
    """The net margin of the term at a discount in per cent. It is confidential."""

    percent: Decimal
    net_margin: Decimal
    net_percent: Decimal | None


class CurvePoint(Frozen):
    """The term if so many hours are worked in each month. It is confidential."""

    hours: Decimal
    revenue: Decimal
    net_margin: Decimal


def discount_prices(scenario: Scenario, costs: Sequence[RatedCost]) -> tuple[DiscountPrice, ...]:
    """Return the revenue at each discount, and at that of the scenario."""
    return tuple(DiscountPrice(percent=each, revenue=_revenue(scenario, costs, each)) for each in _percents(scenario))


def discount_margins(rated: RatedScenario) -> tuple[DiscountMargin, ...]:
    """Return the margin at each discount, and at that of the scenario."""
    found = []
    for percent in _percents(rated.scenario):
        margin = margin_on(rated, _revenue(rated.scenario, rated.costs, percent))
        found.append(DiscountMargin(percent=percent, net_margin=margin.net_margin, net_percent=margin.net_percent))
    return tuple(found)


def margin_curve(rated: RatedScenario) -> tuple[CurvePoint, ...]:
    """Return the margin over the hours of a month, of which tiers and team keep their proportions."""
    expected = sum(rated.scenario.hours.seconds().values())
    if not expected:
        return ()
    found = []
    for factor in FACTORS:
        margin = margin_with(rated, Variation(hours=factor))
        hours = (expected * factor / 3600).quantize(_CENT)
        found.append(CurvePoint(hours=hours, revenue=margin.revenue, net_margin=margin.net_margin))
    return tuple(found)


def _percents(scenario: Scenario) -> list[Decimal]:
    own = scenario.discount.percent if scenario.discount else None
    return sorted({*DISCOUNTS, *([own] if own is not None else [])})


def _revenue(scenario: Scenario, costs: Sequence[RatedCost], percent: Decimal) -> Decimal:
    changed = scenario.model_copy(update={"discount": Discount(percent=percent)})
    return revenue_with(changed, costs, changed.prices, changed.hours.seconds())
