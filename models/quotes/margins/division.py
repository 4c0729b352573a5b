"""The division of an amount among several, so that the parts add up to it (docs/specification/quotes.md 3.2)."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

from models.quotes.numbers import exactly
from models.values.money import MINOR_UNITS, Currency


def divide(amount: Decimal, weights: Sequence[Decimal | int], currency: Currency) -> list[Decimal]:
    """Return the parts in proportion to the weights, of which the sum is not zero.

    Each part is rounded down to the smallest unit of the currency; the largest remainders get one unit more.
    """
    unit = Decimal(1).scaleb(-MINOR_UNITS[currency])
    with exactly():
        whole = sum(weights, Decimal(0))
        exact = [amount * weight / whole for weight in weights]
        parts = [each.quantize(unit, ROUND_FLOOR) for each in exact]
        missing = int((amount - sum(parts, Decimal(0))) / unit)
        by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
        for place in by_remainder[:missing]:
            parts[place] += unit
    return parts
