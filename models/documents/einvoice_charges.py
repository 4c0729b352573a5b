"""The charges of an electronic act: the rows of the document, each with its tax, which add up to its total.

A line of an act in Didox has a sum without tax, a tax and a sum with tax (docs/specification/effects.md 5.4). An act
has no line for a tax on the whole document, for an agreed adjustment or for a discount.
"""

from collections.abc import Sequence
from decimal import Decimal

from models.documents.rows import Row, document_rows
from models.invoice.content.content import Content
from models.invoice.content.totals import tax_included_in, tax_on
from models.values.base_models import Frozen
from models.values.money import ZERO, total


class Charge(Frozen):
    """One line of the act. `row` is the document's row; None if the charge is for the whole document."""

    row: Row | None
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


def charges(content: Content) -> tuple[Charge, ...]:
    """Return a charge for each row with an amount, in the order of the page (docs/specification/documents.md 2).

    If the rows and their taxes do not add up to the total, because it was typed by hand, or if a row is a discount, the
    result is one charge for the whole document.
    """
    rows = [row for row in document_rows(content)[0] if row.amount]
    amounts = [row.amount or ZERO for row in rows]
    taxes = _taxes(content, amounts)
    sums = content.totals
    nets = [amount - tax for amount, tax in zip(amounts, taxes, strict=True)] if _is_included(content) else amounts
    if total(nets) + total(taxes) != sums.total_amount or any(amount < 0 for amount in amounts):
        return (Charge(row=None, net=sums.total_amount - sums.tax_amount, tax=sums.tax_amount),)
    return tuple(Charge(row=row, net=net, tax=tax) for row, net, tax in zip(rows, nets, taxes, strict=True))


def _is_included(content: Content) -> bool:
    return content.tax is not None and content.tax.included


def _taxes(content: Content, amounts: Sequence[Decimal]) -> list[Decimal]:
    """Return the tax of each line. The last line takes the rounding difference.

    The tax that is due is the document's, which is rounded once on its net amount (docs/specification/pricing.md 7.2,
    7.3).
    """
    if content.tax is None or not amounts:
        return [ZERO for _ in amounts]
    of = tax_included_in if content.tax.included else tax_on
    taxes = [of(amount, content.currency, content.tax) for amount in amounts]
    taxes[-1] += content.totals.tax_amount - total(taxes)
    return taxes
