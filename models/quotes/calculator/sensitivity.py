"""Sensitivity: the margin when hours, utilisation or exchange rates differ (docs/specification/quotes.md 2.6)."""

from collections.abc import Iterator
from decimal import Decimal

from models.quotes.calculator.cost import Variation
from models.quotes.calculator.cost_book import RatedScenario
from models.quotes.calculator.margin import Margin, margin_with
from models.values.base_models import Frozen

_HOURS = (Decimal("0.8"), Decimal("1.2"))
_OTHERS = (Decimal("0.9"), Decimal("1.1"))


class Sensitivity(Frozen):
    """What becomes of the term if one input differs by `percent`."""

    varied: str
    percent: Decimal
    revenue: Decimal
    direct_cost: Decimal
    net_margin: Decimal
    net_percent: Decimal | None
    change: Decimal


def sensitivities(rated: RatedScenario, as_entered: Margin) -> tuple[Sensitivity, ...]:
    """Return the margin with 20 % fewer and more hours, and with 10 % lower and higher utilisation and exchange rates.

    Utilisation is varied where there is a team, exchange rates where one is used.
    """
    found = []
    for varied, factor, variation in _variations(rated):
        margin = margin_with(rated, variation)
        found.append(
            Sensitivity(
                varied=varied,
                percent=(factor - 1) * 100,
                revenue=margin.revenue,
                direct_cost=margin.direct_cost,
                net_margin=margin.net_margin,
                net_percent=margin.net_percent,
                change=margin.net_margin - as_entered.net_margin,
            )
        )
    return tuple(found)


def _variations(rated: RatedScenario) -> Iterator[tuple[str, Decimal, Variation]]:
    for factor in _HOURS:
        yield "hours", factor, Variation(hours=factor)
    for factor in _OTHERS if rated.team else ():
        yield "utilisation", factor, Variation(utilisation=factor)
    for factor in _OTHERS if rated.exchange_rates else ():
        yield "exchange_rate", factor, Variation(exchange=factor)
