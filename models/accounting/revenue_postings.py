"""What of an invoice is booked in the accounts as income, under which product and on which day
(docs/specification/pricing.md 9)."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.values.base_models import Frozen
from models.values.money import ZERO

ONE = Decimal(1)


class Product(StrEnum):
    HOURS = "hours"
    SUPPORT = "support"


class RevenuePosting(Frozen):
    product: Product
    count: Decimal
    value: Decimal


def revenue_postings(content: Content) -> tuple[RevenuePosting, ...]:
    """SUP: the base fee, and its overtime beside it. HR and FP: the hours, worth the total.

    Whatever else is in the total (tax, lines and totals typed by hand) is part of the base fee, so that what is booked
    is always worth what the client is asked to pay.
    """
    totals = content.totals
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
    """The last day of the period in which the service was rendered: the income belongs to the period that was billed,
    on whatever day it is invoiced."""
    return content.period.end
