"""The price that yields a target margin, solved exactly and rounded up to a step (docs/specification/quotes.md 2.7)."""

from decimal import ROUND_FLOOR, Decimal

from models.contracts.contract import DealType
from models.quotes.calculator.cost import waiting_share
from models.quotes.calculator.cost_book import RatedScenario
from models.quotes.calculator.margin import Margin, margin_on, revenue_of
from models.quotes.calculator.price import charged_lines, offered, price_month, tax_of
from models.quotes.calculator.scenario import Prices, Target
from models.quotes.numbers import HUNDRED
from models.quotes.search import smallest
from models.values.base_models import Frozen
from models.values.money import MINOR_UNITS, total

ONE = Decimal(1)
_SHOWN_PLACES = Decimal("0.000000000001")


class TargetPrice(Frozen):
    """The list price that yields the margin, or why none does.

    `exact_price` and `exact_revenue` are not rounded to money; `price` is the smallest multiple of the step that
    reaches the margin, and the amounts are those at it.
    """

    field: str
    margin_percent: Decimal
    reason: str = ""
    exact_price: Decimal | None = None
    exact_revenue: Decimal | None = None
    formula: str = ""
    step: Decimal | None = None
    price: Decimal | None = None
    revenue: Decimal | None = None
    net_margin: Decimal | None = None
    net_percent: Decimal | None = None


def target_price(rated: RatedScenario, target: Target) -> TargetPrice:
    """Return the hourly rate (HR) or the base amount (SUP, FP) that yields the net margin."""
    scenario = rated.scenario
    field = "hourly_rate" if scenario.deal_type is DealType.HR else "base_amount"
    wanted = target.margin_percent / HUNDRED
    unsolved = TargetPrice(field=field, margin_percent=target.margin_percent)
    kept = ONE - wanted - waiting_share(rated)
    if kept <= 0:
        reason = "The margin and the wait for the payment take the whole revenue; no price leaves enough for the costs."
        return unsolved.model_copy(update={"reason": reason})
    step = target.step or ONE.scaleb(-MINOR_UNITS[scenario.currency])
    costs = margin_on(rated, Decimal(0))
    cost = costs.direct_cost + costs.overhead
    revenue = cost / kept
    price = _list_price(rated, field, revenue)
    if price is None:
        reason = "No price changes the revenue: no hours are charged, or the discount takes everything."
        return unsolved.model_copy(update={"reason": reason})
    price = max(price, Decimal(0))
    rounded, at_it = _rounded(rated, field, price, step, wanted)
    return TargetPrice(
        field=field,
        margin_percent=target.margin_percent,
        exact_price=price.quantize(_SHOWN_PLACES),
        exact_revenue=revenue.quantize(_SHOWN_PLACES),
        formula=f"({costs.direct_cost} + {costs.overhead}) / (1 − {wanted} − {waiting_share(rated):.6f})",
        step=step,
        price=rounded,
        revenue=at_it.revenue,
        net_margin=at_it.net_margin,
        net_percent=at_it.net_percent,
    )


def at_price(prices: Prices, field: str, price: Decimal) -> Prices:
    """Return the list prices with another hourly rate or base amount."""
    return prices.model_copy(update={field: price})


def _list_price(rated: RatedScenario, field: str, revenue: Decimal) -> Decimal | None:
    """Return the price before the discount that gives the revenue; None if no price does.

    The net amount of a month is the price × a weight + what does not depend on the price, without the tax within it.
    """
    scenario = rated.scenario
    prices = offered(scenario.prices, scenario.discount, scenario.deal_type, scenario.currency)
    billed = [each for each in price_month(scenario, prices, scenario.hours.seconds()).lines if each.billed]
    if field == "hourly_rate":
        weight, rest = sum((each.quantity * each.rate_multiplier for each in billed), Decimal(0)), Decimal(0)
    else:
        is_charged = scenario.deal_type is DealType.FP or bool(scenario.hours.seconds()) or prices.bill_base_when_empty
        weight, rest = Decimal(is_charged), total(each.line_total for each in billed if each.rule == "SUP.overtime")
    if not weight:
        return None
    tax = tax_of(scenario)
    with_tax = ONE + tax.rate if tax and tax.included else ONE
    charged = total(each.total for each in charged_lines(rated.costs, scenario.currency, scenario.term_months))
    price = ((revenue - charged) * with_tax / scenario.term_months - rest) / weight
    discount = scenario.discount
    if discount is None:
        return price
    if discount.percent is None:
        return price + (discount.amount or Decimal(0))
    left = (HUNDRED - discount.percent) / HUNDRED
    return price / left if left else None


def _rounded(
    rated: RatedScenario, field: str, exact: Decimal, step: Decimal, wanted: Decimal
) -> tuple[Decimal, Margin]:
    """Return the smallest multiple of the step at which the rounded amounts reach the margin, and the margin there."""
    seconds = rated.scenario.hours.seconds()

    def margin_at(steps: int) -> Margin:
        prices = at_price(rated.scenario.prices, field, steps * step)
        return margin_on(rated, revenue_of(rated, prices, seconds))

    def reaches(steps: int) -> bool:
        found = margin_at(steps)
        return found.net_margin >= wanted * found.revenue

    steps = smallest(reaches, int((exact / step).to_integral_value(ROUND_FLOOR)))
    return steps * step, margin_at(steps)
