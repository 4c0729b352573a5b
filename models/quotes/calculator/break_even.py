"""Break-even: the hours of a month at which the net margin turns (docs/specification/quotes.md 2.6)."""

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from models.contracts.contract import DealType
from models.quotes.calculator.cost import Variation
from models.quotes.calculator.cost_book import RatedScenario
from models.quotes.calculator.expected_month import scaled
from models.quotes.calculator.margin import margin_on, revenue_of
from models.values.base_models import Frozen

_CENT = Decimal("0.01")
_LEAST = 100  # an hour, in hundredths
_SECONDS = 36  # of a hundredth of an hour
_FARTHEST = 10  # times the expected hours or the limit


class Side(StrEnum):
    """On which side of a break-even point the net margin is not negative."""

    FROM = "from"
    UP_TO = "up_to"


class BreakEvenPoint(Frozen):
    """Hours of a month, the last or the first ones without a loss."""

    hours: Decimal
    side: Side


class BreakEven(Frozen):
    """The points in ascending order; without any the note says whether every number of hours pays, or none."""

    points: tuple[BreakEvenPoint, ...] = ()
    note: str = ""


def break_even(rated: RatedScenario) -> BreakEven:
    """Return the hours at which the margin turns, if tiers and team keep their proportions."""
    expected = sum(rated.scenario.hours.seconds().values()) // _SECONDS
    if not expected:
        return BreakEven(note="No hours are expected, so there is nothing to vary.")
    limit = int(rated.scenario.prices.monthly_limit_hours * 100) if rated.scenario.deal_type is DealType.SUP else 0
    last = _FARTHEST * max(expected, limit, _LEAST)
    corners = sorted({_LEAST, *(each for each in (limit, expected, last) if each > _LEAST)})
    pays = [_pays(rated, each, expected) for each in corners]
    points = tuple(
        _turn(rated, low, high, expected, rising=pays_high)
        for (low, pays_low), (high, pays_high) in pairwise(zip(corners, pays, strict=True))
        if pays_low is not pays_high
    )
    if points:
        return BreakEven(points=points)
    upto = Decimal(last) / 100
    note = "Every number of hours pays" if pays[0] else "No number of hours pays"
    return BreakEven(note=f"{note}, from 1 to {upto:.2f} hours in a month.")


def _turn(rated: RatedScenario, low: int, high: int, expected: int, *, rising: bool) -> BreakEvenPoint:
    """Return the point between two numbers of hours, of which only the higher pays if it is `rising`."""
    while high - low > 1:
        middle = (low + high) // 2
        if _pays(rated, middle, expected) is rising:
            high = middle
        else:
            low = middle
    return BreakEvenPoint(hours=Decimal(high if rising else low) * _CENT, side=Side.FROM if rising else Side.UP_TO)


def _pays(rated: RatedScenario, hundredths: int, expected: int) -> bool:
    """Return whether the net margin with these hours in a month is not negative."""
    seconds = scaled(rated.scenario.hours.seconds(), hundredths * _SECONDS)
    revenue = revenue_of(rated, rated.scenario.prices, seconds)
    variation = Variation(hours=Decimal(hundredths) / expected)
    return margin_on(rated, revenue, variation).net_margin >= 0
