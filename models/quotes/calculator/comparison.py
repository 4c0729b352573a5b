"""Scenarios beside each other: the same figure of each, and its difference from the first."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.margin import Margin
from models.values.base_models import Frozen
from models.values.money import Currency


class ComparedFigure(Frozen):
    """One figure of every scenario. A difference is None where the currencies or the figures cannot be compared."""

    figure: str
    values: tuple[Decimal | None, ...]
    differences: tuple[Decimal | None, ...]


_PRICES: dict[str, Callable[[ScenarioResult], Decimal]] = {
    "month_total": lambda each: each.price.month_total,
    "revenue": lambda each: each.price.revenue,
    "total": lambda each: each.price.total,
}
_MARGINS: dict[str, Callable[[Margin], Decimal | None]] = {
    "direct_cost": lambda each: each.direct_cost,
    "overhead": lambda each: each.overhead,
    "gross_margin": lambda each: each.gross_margin,
    "net_margin": lambda each: each.net_margin,
    "net_percent": lambda each: each.net_percent,
}


def compare(results: Sequence[ScenarioResult]) -> tuple[ComparedFigure, ...]:
    """Return the figures of the scenarios: those of the price, and those of the margin where all have one."""
    if len(results) < 2:
        return ()
    currencies = [each.currency for each in results]
    found = [_compared(name, [read(each) for each in results], currencies) for name, read in _PRICES.items()]
    margins = [each.margin.margin for each in results if each.margin]
    if len(margins) == len(results):
        found += [_compared(name, [read(each) for each in margins], currencies) for name, read in _MARGINS.items()]
    return tuple(found)


def _compared(name: str, values: Sequence[Decimal | None], currencies: Sequence[Currency]) -> ComparedFigure:
    first = values[0]
    is_percent = name.endswith("percent")
    return ComparedFigure(
        figure=name,
        values=tuple(values),
        differences=tuple(
            value - first
            if (is_percent or currency is currencies[0]) and value is not None and first is not None
            else None
            for value, currency in zip(values, currencies, strict=True)
        ),
    )
