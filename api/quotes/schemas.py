"""Requests and answers of the calculator. Those who do not see costs get the prices alone."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.http.number_formats import Hours, Money, Quantity
from models.contracts.contract import DealType
from models.quotes.calculator.break_even import Side
from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.comparison import compare
from models.quotes.calculator.scenario import Scenario, Scenarios
from models.values.base_models import Strict
from models.values.money import Currency
from models.values.typed_values import AS_RECORDED

_PERCENT = "with two decimals; null without a revenue"
CalculationName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Calculation(Strict):
    scenarios: Scenarios

    @property
    def asks_for_costs(self) -> bool:
        """Whether the answer cannot be given without costs: a price for a margin tells them."""
        return any(each.target for each in self.scenarios)


class NewCalculation(Calculation):
    name: CalculationName


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ExplainedView(_View):
    item: str
    rule: str
    rule_text: str
    formula: str
    amount: Money
    times: int
    counted: bool = Field(description="false: it informs and is not summed")
    total: Money = Field(description="amount × times")
    inputs: dict[str, str]


class ExchangeRateView(_View):
    from_currency: Currency
    to_currency: Currency
    units: int
    rate: Quantity
    valid_from: date
    source: str


class PriceView(_View):
    base_amount: Money = Field(description="after the discount, as are all prices here")
    hourly_rate: Money
    lines: list[ExplainedView]
    month_hours: Hours
    month_net: Money
    month_tax: Money
    month_total: Money
    list_revenue: Money = Field(description="of the term, without the discount")
    discount: Money
    passed_on: Money
    revenue: Money = Field(description="net, of the term")
    tax: Money
    total: Money
    sums: list[ExplainedView]
    exchange_rates: list[ExchangeRateView] = Field(description="the rates that were used, frozen")


class BreakEvenPointView(_View):
    hours: Hours
    side: Side


class BreakEvenView(_View):
    points: list[BreakEvenPointView]
    note: str


class SensitivityView(_View):
    varied: str
    percent: Quantity
    revenue: Money
    direct_cost: Money
    net_margin: Money
    net_percent: Hours | None
    change: Money


class DiscountPriceView(_View):
    percent: Hours
    revenue: Money


class DiscountMarginView(_View):
    percent: Hours
    net_margin: Money
    net_percent: Hours | None


class CurvePointView(_View):
    hours: Hours
    revenue: Money
    net_margin: Money


class TargetView(_View):
    field: str
    margin_percent: Hours
    reason: str = Field(description="why there is no price; empty if there is one")
    exact_price: Quantity | None
    exact_revenue: Quantity | None
    formula: str
    step: Money | None
    price: Money | None = Field(description="the exact price rounded up to the step")
    revenue: Money | None
    net_margin: Money | None
    net_percent: Hours | None


class MarginView(_View):
    direct_cost: Money
    overhead: Money
    waiting: Money
    gross_margin: Money
    gross_percent: Hours | None = Field(description=_PERCENT)
    net_margin: Money
    net_percent: Hours | None = Field(description=_PERCENT)
    lines: list[ExplainedView]
    sums: list[ExplainedView]


class MarginPartView(_View):
    margin: MarginView
    break_even: BreakEvenView
    sensitivities: list[SensitivityView]
    discounts: list[DiscountMarginView] = Field(description="the margin at other discounts")
    curve: list[CurvePointView] = Field(description="the margin over the hours of a month")
    target: TargetView | None
    team_hours: Hours
    exchange_rates: list[ExchangeRateView]
    warnings: list[str]


class ScenarioView(_View):
    name: str
    deal_type: DealType
    currency: Currency
    term_months: int
    on: date = Field(description="the day whose rates were used")
    price: PriceView
    discounts: list[DiscountPriceView] = Field(description="the revenue at other discounts")
    margin: MarginPartView | None = Field(description="null for those who do not see costs")


class ComparedFigureView(_View):
    figure: str
    values: list[Money | None]
    differences: list[Money | None] = Field(description="from the first scenario; null in another currency")


class CalculationView(BaseModel):
    """The scenarios beside each other."""

    scenarios: list[ScenarioView]
    comparison: list[ComparedFigureView]

    @classmethod
    def of(cls, results: tuple[ScenarioResult, ...]) -> Self:
        return cls(
            scenarios=[ScenarioView.model_validate(each) for each in results],
            comparison=[ComparedFigureView.model_validate(each) for each in compare(results)],
        )


class CalculationRow(_View):
    id: str
    name: str
    scenario_names: list[str]
    created_by: str
    created_at: datetime


class SavedCalculationView(CalculationRow):
    """A saved calculation. The inputs hold costs that a person typed, so they have the same readers as the margins."""

    inputs: list[Scenario] | None = Field(description="null for those who do not see costs")
    result: CalculationView

    @classmethod
    def of_row(cls, row: Mapping[str, Any], *, sees_costs: bool) -> Self:
        """Return the calculation of a row, without what only those see who see costs."""
        results = tuple(ScenarioResult.model_validate(each) for each in row["results"])
        if not sees_costs:
            results = tuple(each.without_costs() for each in results)
        inputs = [Scenario.model_validate(each, context=AS_RECORDED) for each in row["scenarios"]]
        return cls(
            id=row["id"],
            name=row["name"],
            scenario_names=[each.name for each in results],
            created_by=row["created_by"],
            created_at=row["created_at"],
            inputs=inputs if sees_costs else None,
            result=CalculationView.of(results),
        )
