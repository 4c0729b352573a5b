"""A calculation: up to five scenarios beside each other, each with its price and, for some roles, its margin."""

from datetime import date
from decimal import Decimal
from typing import Self

from models.quotes.calculator.break_even import BreakEven, break_even
from models.quotes.calculator.cost_book import CostBook, RatedCost, RatedScenario, rated, rated_costs
from models.quotes.calculator.margin import Margin, margin_on
from models.quotes.calculator.price import PricePart, price_of
from models.quotes.calculator.scenario import Scenario
from models.quotes.calculator.sensitivity import Sensitivity, sensitivities
from models.quotes.calculator.target import TargetPrice, target_price
from models.quotes.calculator.what_if import (
    CurvePoint,
    DiscountMargin,
    DiscountPrice,
    discount_margins,
    discount_prices,
    margin_curve,
)
from models.quotes.numbers import exactly
from models.settings.exchange_rate import ExchangeRate, age_warnings
from models.values.base_models import Frozen
from models.values.money import Currency


class MarginPart(Frozen):
    """What the scenario costs and what remains. It is confidential."""

    margin: Margin
    break_even: BreakEven
    sensitivities: tuple[Sensitivity, ...]
    discounts: tuple[DiscountMargin, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    target: TargetPrice | None
    team_hours: Decimal
    exchange_rates: tuple[ExchangeRate, ...]
    warnings: tuple[str, ...]


class ScenarioResult(Frozen):
    """The result of one scenario; `margin` is None for those who do not see costs."""

    name: str
    deal_type: str
    currency: Currency
    term_months: int
    on: date
    price: PricePart
    discounts: tuple[DiscountPrice, ...] = ()
    margin: MarginPart | None = None

    def without_costs(self) -> Self:
        """Return what those see who do not see costs."""
        return self.model_copy(update={"margin": None})


def prices_only(scenario: Scenario, today: date, exchange_rates: tuple[ExchangeRate, ...]) -> ScenarioResult:
    """Return the price of a scenario. It reads no cost rate and no overhead rule, so nothing of them can be in it.

    Raise CalculationRefused if an exchange rate is missing.
    """
    with exactly():
        on = scenario.on or today
        costs = rated_costs(scenario, on, exchange_rates)
        return _result(scenario, on, costs, price_of(scenario, costs))


def with_margin(scenario: Scenario, today: date, book: CostBook) -> ScenarioResult:
    """Return the price and the margin of a scenario. Raise CalculationRefused if a rate is missing."""
    with exactly():
        on = scenario.on or today
        found = rated(scenario, on, book)
        price = price_of(scenario, found.costs)
        margin = margin_on(found, price.revenue)
        part = MarginPart(
            margin=margin,
            break_even=break_even(found),
            sensitivities=sensitivities(found, margin),
            discounts=discount_margins(found),
            curve=margin_curve(found),
            target=target_price(found, scenario.target) if scenario.target else None,
            team_hours=found.team_hours.quantize(Decimal("0.01")),
            exchange_rates=found.exchange_rates,
            warnings=(*_warnings(found, price), *age_warnings(found.exchange_rates, on)),
        )
        return _result(scenario, on, found.costs, price, part)


def _result(
    scenario: Scenario, on: date, costs: tuple[RatedCost, ...], price: PricePart, margin: MarginPart | None = None
) -> ScenarioResult:
    return ScenarioResult(
        name=scenario.name,
        deal_type=scenario.deal_type,
        currency=scenario.currency,
        term_months=scenario.term_months,
        on=on,
        price=price,
        discounts=discount_prices(scenario, costs),
        margin=margin,
    )


def _warnings(found: RatedScenario, price: PricePart) -> tuple[str, ...]:
    if not found.team:
        return ("The scenario has no team, so its work costs nothing.",) if price.month_hours else ()
    team = found.team_hours.quantize(Decimal("0.01"))
    if team == price.month_hours:
        return ()
    return (f"The team has {team} billable hours a month, and {price.month_hours:.2f} are expected.",)
