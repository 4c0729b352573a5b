"""The margin of a scenario: what remains of the revenue (docs/specification/quotes.md 2.5)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from models.contracts.rate_rule import Tier
from models.quotes.calculator.cost import (
    AS_ENTERED,
    Variation,
    direct_lines,
    overhead_lines,
    waiting_line,
)
from models.quotes.calculator.cost_book import RatedCost, RatedScenario
from models.quotes.calculator.explained import Explained
from models.quotes.calculator.price import charged_lines, offered, price_month
from models.quotes.calculator.scenario import Prices, Scenario
from models.quotes.numbers import percentage
from models.values.base_models import Frozen
from models.values.money import total

_SHOWN_PARTS = 6


class Margin(Frozen):
    """The sums of the term, and the lines that they are made of."""

    revenue: Decimal
    direct_cost: Decimal
    overhead: Decimal
    waiting: Decimal
    gross_margin: Decimal
    gross_percent: Decimal | None
    net_margin: Decimal
    net_percent: Decimal | None
    lines: tuple[Explained, ...]
    sums: tuple[Explained, ...]


def seconds_of(rated: RatedScenario, factor: Decimal) -> dict[Tier, int]:
    """Return the expected seconds of each tier times the factor."""
    return {
        tier: scaled_seconds
        for tier, each in rated.scenario.hours.seconds().items()
        if (scaled_seconds := int((each * factor).to_integral_value()))
    }


def revenue_of(rated: RatedScenario, prices: Prices, seconds: Mapping[Tier, int]) -> Decimal:
    """Return the revenue of the term at these list prices and with these hours in a month."""
    return revenue_with(rated.scenario, rated.costs, prices, seconds)


def revenue_with(
    scenario: Scenario, costs: Sequence[RatedCost], prices: Prices, seconds: Mapping[Tier, int]
) -> Decimal:
    """Return the same without any cost rate: of the other costs only what is passed on is part of it."""
    after = offered(prices, scenario.discount, scenario.deal_type, scenario.currency)
    charged = charged_lines(tuple(costs), scenario.currency, scenario.term_months)
    month = price_month(scenario, after, seconds).totals.net_amount
    return month * scenario.term_months + total(each.total for each in charged)


def margin_with(rated: RatedScenario, variation: Variation) -> Margin:
    """Return the margin of the scenario when its hours, utilisation or exchange rates differ."""
    revenue = revenue_of(rated, rated.scenario.prices, seconds_of(rated, variation.hours))
    return margin_on(rated, revenue, variation)


def margin_on(rated: RatedScenario, revenue: Decimal, variation: Variation = AS_ENTERED) -> Margin:
    """Return the margin of this revenue."""
    direct = direct_lines(rated, variation)
    overheads = overhead_lines(rated, direct, variation)
    waiting = waiting_line(rated, revenue)
    cost, overhead = total(each.total for each in direct), total(each.total for each in overheads)
    gross = revenue - cost
    net = gross - overhead - waiting.total
    return Margin(
        revenue=revenue,
        direct_cost=cost,
        overhead=overhead,
        waiting=waiting.total,
        gross_margin=gross,
        gross_percent=percentage(gross, revenue),
        net_margin=net,
        net_percent=percentage(net, revenue),
        lines=(*direct, *overheads, *([waiting] if waiting.total else [])),
        sums=(
            Explained.sum("direct_cost", _added(direct), cost),
            Explained.sum("overhead", _added(overheads), overhead),
            Explained.sum("gross_margin", f"{revenue} − {cost}", gross),
            Explained.sum("net_margin", f"{gross} − {overhead} − {waiting.total}", net),
        ),
    )


def _added(lines: tuple[Explained, ...]) -> str:
    parts = [f"{each.amount} × {each.times}" if each.times > 1 else str(each.amount) for each in lines]
    more = f" + {len(parts) - _SHOWN_PARTS} more" if len(parts) > _SHOWN_PARTS else ""
    return (" + ".join(parts[:_SHOWN_PARTS]) or "nothing") + more
