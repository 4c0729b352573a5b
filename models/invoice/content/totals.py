"""The totals of an invoice and the tax on its net amount."""

from collections.abc import Iterable
from decimal import Decimal

from models.invoice.content.lines import BASE_TYPES, Line, LineType
from models.issuer.issuer import TaxRate
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, round_amount, total


class Totals(Frozen):
    """Sums of rounded lines. `total_is_manual` marks a total typed by hand, which is kept."""

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
    """Totals of the billed lines; `manual` replaces the total, its tax included, and is marked as such."""
    billed = [line for line in lines if line.billed]
    overtime = [line for line in billed if line.line_type is LineType.OVERTIME]
    net = total(line.line_total for line in billed)
    tax_amount = tax_on(net, currency, tax) if manual is None else tax_included_in(manual, currency, tax)
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
    return round_amount(net * tax.rate, currency) if tax else ZERO


def tax_included_in(gross: Decimal, currency: Currency, tax: TaxRate | None) -> Decimal:
    """At 12 %, 1,000.00 is 892.86 and a tax of 107.14 on that: what is left of the net amount is the tax."""
    return gross - round_amount(gross / (1 + tax.rate), currency) if tax else ZERO
