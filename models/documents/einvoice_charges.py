"""What an electronic act charges: the rows of the document, each with its tax, adding up to the document's total.

An act in Didox is lines of a sum without tax, a tax and a sum with it (docs/specification/effects.md 5.4). It has no
line for a tax on the whole, for an agreed adjustment or for a discount.
"""

from collections.abc import Sequence
from decimal import Decimal

from models.documents.rows import Row, document_rows
from models.invoice.content.content import Content
from models.values.base_models import Frozen
from models.values.money import ZERO, round_amount, total


class Charge(Frozen):
    """`row` is the row that it stands for; None where it stands for the whole document."""

    row: Row | None
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def charges(content: Content) -> tuple[Charge, ...]:
    """A charge for each row that has an amount, as the page lists them (docs/specification/documents.md 2).

    One for the whole where the rows alone do not make the total (one typed by hand), or one of them is a discount.
    """
    rows = [row for row in document_rows(content)[0] if row.amount]
    amounts = [row.amount or ZERO for row in rows]
    taxes = _taxes(content, amounts)
    sums = content.totals
    if total(amounts) + total(taxes) != sums.total_amount or any(amount < 0 for amount in amounts):
        return (Charge(row=None, net=sums.total_amount - sums.tax_amount, tax=sums.tax_amount),)
    return tuple(Charge(row=row, net=net, tax=tax) for row, net, tax in zip(rows, amounts, taxes, strict=True))


def _taxes(content: Content, amounts: Sequence[Decimal]) -> list[Decimal]:
    """The tax of each line; what rounding leaves goes to the last one.

    The document's own tax is rounded once, on its net amount (docs/specification/pricing.md 7.2, `sum_up`), and that is
    what is owed.
    """
    if content.tax is None or not amounts:
        return [ZERO for _ in amounts]
    taxes = [round_amount(amount * content.tax.rate, content.currency) for amount in amounts]
    taxes[-1] += content.totals.tax_amount - total(taxes)
    return taxes
