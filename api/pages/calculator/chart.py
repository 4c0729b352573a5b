"""The chart of margin against hours: the curves of the scenarios as lines of whole pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.what_if import CurvePoint
from models.values.money import Currency

WIDTH, HEIGHT, LEFT, TOP = 640, 220, 8, 10


@dataclass(frozen=True)
class CurveLine:
    """One scenario: its letter, its name, and the points of its line."""

    letter: str
    name: str
    points: str
    marks: Sequence[tuple[int, int, CurvePoint]]


@dataclass(frozen=True)
class MarginChart:
    """The lines of the scenarios in one currency, the height of a margin of zero, and the ends of both axes."""

    currency: Currency
    lines: Sequence[CurveLine]
    zero: int
    least: Decimal
    most: Decimal
    most_hours: Decimal


def charts(results: Sequence[tuple[str, ScenarioResult]]) -> list[MarginChart]:
    """Return a chart for each currency: currencies have no common axis."""
    currencies = dict.fromkeys(result.currency for _, result in results)
    found = (_chart(each, [(letter, one) for letter, one in results if one.currency is each]) for each in currencies)
    return [each for each in found if each is not None]


def _chart(currency: Currency, results: Sequence[tuple[str, ScenarioResult]]) -> MarginChart | None:
    curves = [(letter, each.name, each.margin.curve) for letter, each in results if each.margin and each.margin.curve]
    points = [point for _, _, curve in curves for point in curve]
    if not points:
        return None
    least = min(Decimal(0), *(each.net_margin for each in points))
    most = max(Decimal(0), *(each.net_margin for each in points))
    hours = max(each.hours for each in points)
    span = (most - least) or Decimal(1)

    def at(point: CurvePoint) -> tuple[int, int]:
        return (
            LEFT + int(point.hours / hours * (WIDTH - 2 * LEFT)),
            TOP + int((most - point.net_margin) / span * (HEIGHT - 2 * TOP)),
        )

    return MarginChart(
        currency=currency,
        lines=[
            CurveLine(
                letter,
                name,
                " ".join(f"{x},{y}" for x, y in map(at, curve)),
                [(*at(point), point) for point in curve],
            )
            for letter, name, curve in curves
        ],
        zero=TOP + int(most / span * (HEIGHT - 2 * TOP)),
        least=least,
        most=most,
        most_hours=hours,
    )
