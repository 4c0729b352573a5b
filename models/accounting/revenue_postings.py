"""The revenue postings of an invoice: product, count, amount and day (docs/specification/pricing.md 9)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.contracts.contract import DealType
from models.invoice.content.basis import PartnerBasis
from models.invoice.content.content import Content
from models.values.base_models import Frozen
from models.values.money import ZERO

ONE = Decimal(1)


class Product(StrEnum):
    HOURS = "hours"
    SUPPORT = "support"


class RevenuePosting(Frozen):
    """Income as the accounting system gets it. `value` is the amount in the invoice's currency, tax included."""

    product: Product
    count: Decimal
    value: Decimal


def revenue_postings(content: Content) -> tuple[RevenuePosting, ...]:
    """Return the postings, whose values add up to the invoice's total.

    The invoice of a partner's orders is one posting. SUP: the base fee and, if there is any, the overtime. HR and FP:
    the hours, with the total as their value. The rest of a SUP total (tax, other lines, the difference to a total typed
    by hand) is part of the base fee.
    """
    totals = content.totals
    if isinstance(content.basis, PartnerBasis):
        return (RevenuePosting(product=Product.SUPPORT, count=ONE, value=totals.total_amount),)
    if content.service.deal_type is not DealType.SUP:
        return (RevenuePosting(product=Product.HOURS, count=totals.total_hours or ONE, value=totals.total_amount),)
    base = totals.total_amount - totals.overtime_amount
    if not totals.is_overtime or base < ZERO:
        return (RevenuePosting(product=Product.SUPPORT, count=ONE, value=totals.total_amount),)
    overtime = RevenuePosting(product=Product.HOURS, count=totals.overtime_hours, value=totals.overtime_amount)
    if base == ZERO:
        return (overtime,)
    return (RevenuePosting(product=Product.SUPPORT, count=ONE, value=base), overtime)


def posting_date(content: Content) -> date:
    """Return the last day of the billed period: the income belongs to that period, whatever the invoice date."""
    return content.period.end
