"""The totals of a bill: exact sums, rounded to minor units once. See docs/specification/bills.md 2.3."""

from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation

from models.bills.bill import BillTotals
from models.values.currencies import MINOR_UNITS, Currency

# Wide enough for every sum of costs; a result that would have to be rounded is an error.
EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])
_WIDE = Context(prec=200, rounding=ROUND_HALF_UP)


def minor_units(amount: Decimal, currency: Currency) -> int:
    """Return the amount in minor units, rounded half away from zero: 0.005 USD is 1, -0.005 USD is -1."""
    return int(amount.scaleb(MINOR_UNITS[currency], _WIDE).quantize(Decimal(1), context=_WIDE))


def without_zeros(amount: Decimal) -> Decimal:
    """Return the amount without trailing zeros and without an exponent: 12.50 is 12.5, 1E+2 is 100, -0 is 0."""
    if not amount:
        return Decimal(0)
    normal = amount.normalize(_WIDE)
    return normal.quantize(Decimal(1), context=_WIDE) if normal == normal.to_integral_value() else normal


def totals(net: Decimal, tax: Decimal, currency: Currency, line_minor_sum: int) -> BillTotals:
    """Return the totals: gross and tax are rounded, and net is their difference, so that net + tax = gross.

    `line_minor_sum` is the sum of the lines as each is rounded; what it lacks of the gross is the rounding line.
    """
    gross = EXACT.add(net, tax)
    gross_minor, tax_minor = minor_units(gross, currency), minor_units(tax, currency)
    return BillTotals(
        net=net,
        tax=tax,
        gross=gross,
        net_minor=gross_minor - tax_minor,
        tax_minor=tax_minor,
        gross_minor=gross_minor,
        rounding_minor=gross_minor - line_minor_sum,
    )
