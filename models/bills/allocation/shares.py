"""Exact division of costs: shares add up to the whole, and minor units to a given sum, by the largest remainder."""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Context, Decimal, Inexact, InvalidOperation

# Wide enough for every product of a cost and a percentage. A result that is not exact is an error, not rounded.
EXACT = Context(prec=500, traps=[Inexact, InvalidOperation])


def exact_sum(amounts: Sequence[Decimal]) -> Decimal:
    """Return the sum without rounding."""
    whole = Decimal(0)
    for amount in amounts:
        whole = EXACT.add(whole, amount)
    return whole


def split(amount: Decimal, percents: Sequence[Decimal]) -> list[Decimal]:
    """Return the shares of an amount, exactly; they add up to it because the percentages add up to 100."""
    # Without its zeros a percentage adds no decimals, so that the whole of 40.00 is 40.00.
    parts = [EXACT.normalize(percent) for percent in percents]
    return [EXACT.multiply(EXACT.multiply(amount, part), Decimal("0.01")) for part in parts]


def minor_units(amounts: Sequence[Decimal], whole: int, decimals: int) -> list[int]:
    """Return the amounts in minor units, which add up to `whole`; the largest remainders get the missing units."""
    if not amounts:
        return []
    exact = [EXACT.scaleb(amount, decimals) for amount in amounts]
    floors = [int(value.to_integral_value(ROUND_FLOOR)) for value in exact]
    each, extra = divmod(whole - sum(floors), len(floors))
    order = sorted(range(len(floors)), key=lambda i: (EXACT.subtract(floors[i], exact[i]), i))
    ahead = set(order[:extra])
    return [floor + each + (i in ahead) for i, floor in enumerate(floors)]
