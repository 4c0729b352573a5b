"""The totals of an invoice and the tax on its net amount (docs/specification/pricing.md 7.2)."""

from collections.abc import Iterable
from decimal import Decimal

from models.invoice.content.lines import BASE_TYPES, Line, LineType
from models.issuer.issuer import TaxRate
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, round_amount, total


class Totals(Frozen):
    """Sums of rounded lines. `total_is_manual` marks a total typed by hand, which later edits keep."""

    base_amount: Decimal = ZERO
    overtime_hours: Decimal = ZERO
    overtime_amount: Decimal = ZERO
    total_hours: Decimal = ZERO
    net_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    total_amount: Decimal = ZERO
    total_is_manual: bool = False

    @property
    def is_overtime(self) -> bool:
        return self.overtime_hours > 0


def sum_up(
    lines: Iterable[Line],
    *,
    currency: Currency,
    tax: TaxRate | None,
    total_hours: Decimal,
    manual: Decimal | None = None,
) -> Totals:
    """Return the totals of the billed lines. `manual` replaces the total and includes the tax.

    If the prices contain the tax, the sum of the lines is the total, and the net amount is what remains without it.
    """
    billed = [line for line in lines if line.billed]
    overtime = [line for line in billed if line.line_type is LineType.OVERTIME]
    charged = total(line.line_total for line in billed)
    tax_amount = tax_included_in(charged, currency, tax) if tax and tax.included else tax_on(charged, currency, tax)
    net = charged - tax_amount if tax and tax.included else charged
    if manual is not None:
        tax_amount = tax_included_in(manual, currency, tax)
    return Totals(
        base_amount=total(x.line_total for x in billed if x.line_type in BASE_TYPES),
        overtime_hours=total(line.quantity for line in overtime),
        overtime_amount=total(line.line_total for line in overtime),
        total_hours=total_hours,
        net_amount=net,
        tax_amount=tax_amount,
        total_amount=net + tax_amount if manual is None else manual,
        total_is_manual=manual is not None,
    )


def tax_on(net: Decimal, currency: Currency, tax: TaxRate | None) -> Decimal:
    """Return the tax on a net amount, rounded once; zero without a tax."""
    return round_amount(net * tax.rate, currency) if tax else ZERO


def tax_included_in(gross: Decimal, currency: Currency, tax: TaxRate | None) -> Decimal:
    """Return the tax within a gross amount: the gross amount minus the rounded net amount.

    At 12 %, 1,000.00 has a net amount of 892.86 and a tax of 107.14.
    """
    return gross - round_amount(gross / (1 + tax.rate), currency) if tax else ZERO
