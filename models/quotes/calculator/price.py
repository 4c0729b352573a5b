"""The price of a scenario: what the client pays. It depends on no cost rate (docs/specification/quotes.md 2.4)."""

from collections.abc import Mapping
from decimal import Decimal

from models.billing.explanation import RULES
from models.billing.pricing import client_type, price_worklogs
from models.contracts.contract import Contract, DealType
from models.contracts.rate_rule import RateRule, Tier, billable_seconds
from models.invoice.content.lines import Line, LineType
from models.invoice.content.totals import Totals, sum_up, tax_on
from models.issuer.issuer import TaxRate
from models.quotes.calculator.cost_book import RatedCost
from models.quotes.calculator.expected_month import LABEL, MONTH, worklogs_of
from models.quotes.calculator.explained import Explained
from models.quotes.calculator.scenario import Discount, Prices, Scenario
from models.quotes.numbers import HUNDRED
from models.settings.exchange_rate import ExchangeRate
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, format_multiplier, hours, round_amount, total

INFORMS = " (informs, not summed)"
_ITEMS = {"SUP.base": "monthly support", "FP.base": "fixed price of a month"}


class MonthPrice(Frozen):
    """The lines of a month and their totals, as an invoice has them."""

    lines: tuple[Line, ...]
    totals: Totals


class PricePart(Frozen):
    """What the client pays: the prices after the discount, the lines of a month, and the sums of the term."""

    base_amount: Decimal
    hourly_rate: Decimal
    lines: tuple[Explained, ...]
    month_hours: Decimal
    month_net: Decimal
    month_tax: Decimal
    month_total: Decimal
    list_revenue: Decimal
    discount: Decimal
    passed_on: Decimal
    revenue: Decimal
    tax: Decimal
    total: Decimal
    sums: tuple[Explained, ...]
    exchange_rates: tuple[ExchangeRate, ...]


def offered(prices: Prices, discount: Discount | None, deal_type: DealType, currency: Currency) -> Prices:
    """Return the prices after the discount. A price is rounded once and is not below zero."""
    if discount is None:
        return prices
    if discount.percent is not None:
        left = (HUNDRED - discount.percent) / HUNDRED
        changed = {
            name: round_amount(getattr(prices, name) * left, currency) for name in ("base_amount", "hourly_rate")
        }
    else:
        name = "hourly_rate" if deal_type is DealType.HR else "base_amount"
        changed = {name: max(getattr(prices, name) - (discount.amount or ZERO), ZERO)}
    return prices.model_copy(update=changed)


def contract_of(scenario: Scenario, prices: Prices) -> Contract:
    """Return the contract that an accepted offer at these prices becomes."""
    return Contract(
        application_key=LABEL,
        customer_key=LABEL,
        status="Active",
        application_name=scenario.name,
        start_date=MONTH.start,
        deal_amount=prices.base_amount,
        deal_type=scenario.deal_type,
        monthly_limit=prices.monthly_limit_hours,
        hourly_rate=prices.hourly_rate,
        currency=scenario.currency.value,
        invoice_amount=ZERO,
        labels=(LABEL,),
    )


def rule_of(prices: Prices) -> RateRule:
    """Return the rate rule that an accepted offer at these prices becomes."""
    fields = prices.model_dump(exclude={"base_amount", "hourly_rate"})
    return RateRule(base_hourly_rate=prices.hourly_rate, **fields)


def tax_of(scenario: Scenario) -> TaxRate | None:
    """Return the tax of the scenario."""
    if not scenario.tax_percent:
        return None
    rate = scenario.tax_percent / HUNDRED
    return TaxRate(code="TAX", rate=rate, valid_from=MONTH.start, included=scenario.prices_include_tax)


def price_month(scenario: Scenario, prices: Prices, seconds: Mapping[Tier, int]) -> MonthPrice:
    """Return the price of a month with these hours, by the functions that make the lines and totals of an invoice."""
    contract = contract_of(scenario, prices)
    worklogs = worklogs_of(seconds)
    lines = price_worklogs(contract, client_type(contract, ""), rule_of(prices), worklogs, MONTH)
    worked = hours(sum(billable_seconds(each) for each in worklogs))
    return MonthPrice(
        lines=lines,
        totals=sum_up(lines, currency=scenario.currency, tax=tax_of(scenario), total_hours=worked),
    )


def charged_lines(costs: tuple[RatedCost, ...], currency: Currency, term: int) -> tuple[Explained, ...]:
    """Return what the client is charged, net, for the costs that are passed on.

    What the company pays stands with the costs, so that a price shows the charge alone.
    """
    return tuple(
        Explained.by(
            "price.passed_on", each.cost.name, "1 × the charge", charge(each, currency), times=each.times(term)
        )
        for each in costs
        if each.cost.passed_on
    )


def charge(rated: RatedCost, currency: Currency) -> Decimal:
    """Return what the client is charged for a cost that is passed on, each time."""
    paid = rated.conversion.convert(rated.cost.amount)
    return round_amount(paid * (HUNDRED + rated.cost.markup_percent) / HUNDRED, currency)


def price_of(scenario: Scenario, costs: tuple[RatedCost, ...]) -> PricePart:
    """Return the price of the scenario with its other costs, of which some are passed on to the client."""
    currency, term = scenario.currency, scenario.term_months
    charged = charged_lines(costs, currency, term)
    seconds = scenario.hours.seconds()
    prices = offered(scenario.prices, scenario.discount, scenario.deal_type, currency)
    month = price_month(scenario, prices, seconds)
    totals = month.totals
    listed = price_month(scenario, scenario.prices, seconds).totals.net_amount * term
    discount = listed - totals.net_amount * term
    passed_on = total(each.total for each in charged)
    revenue = totals.net_amount * term + passed_on
    tax_passed_on = tax_on(passed_on, currency, tax_of(scenario))
    tax = totals.tax_amount * term + tax_passed_on
    return PricePart(
        base_amount=prices.base_amount,
        hourly_rate=prices.hourly_rate,
        lines=(*(_explained(line, term) for line in month.lines), *charged),
        month_hours=totals.total_hours,
        month_net=totals.net_amount,
        month_tax=totals.tax_amount,
        month_total=totals.total_amount,
        list_revenue=listed + passed_on,
        discount=discount,
        passed_on=passed_on,
        revenue=revenue,
        tax=tax,
        total=revenue + tax,
        sums=(
            Explained.sum("revenue", f"{totals.net_amount} × {term} + {passed_on}", revenue),
            Explained.sum("discount", f"{listed} − {totals.net_amount} × {term}", discount),
            Explained.sum("tax", f"{totals.tax_amount} × {term} + {tax_passed_on}", tax),
            Explained.sum("total", f"{revenue} + {tax}", revenue + tax),
        ),
        exchange_rates=tuple(
            dict.fromkeys(rate for each in costs if each.cost.passed_on for rate in each.conversion.rates)
        ),
    )


def _hours_of(line: Line) -> str:
    return f"{line.work.rate_tier.replace('_', ' ')} hours"


def _explained(line: Line, term: int) -> Explained:
    factor = format_multiplier(line.rate_multiplier)
    return Explained(
        item=_ITEMS.get(line.rule, line.description) if line.line_type is not LineType.TASK else _hours_of(line),
        rule=line.rule,
        rule_text=RULES[line.rule],
        formula=f"{line.quantity} × {line.unit_price} × {factor} = {line.line_total}"
        + ("" if line.billed else INFORMS),
        amount=line.line_total,
        times=term,
        counted=line.billed,
        inputs={"tier": str(line.work.rate_tier)} if line.work.worklogs else {},
    )
