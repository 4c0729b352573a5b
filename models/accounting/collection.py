"""When an invoice was delivered and paid, how many days that takes, and when money is expected.

See docs/specification/dashboard.md 3 and 4.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from pydantic import Field

from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.values.base_models import Frozen
from models.values.period import local_day

PERCENTILE = 90
MEDIAN = 50
TENTH = Decimal("0.1")


class Days(Frozen):
    """How many calendar days a step took: the mean, and the 90th percentile by nearest rank; null without invoices."""

    invoices: int
    mean: Decimal | None = Field(description="with one decimal")
    percentile_90: int | None = Field(description="nine of ten invoices took so many days or fewer")


def ready_on(invoice: Invoice) -> date:
    """Return the day, in the issuer's zone, on which the draft was made; for a partner it became ready on that day."""
    return local_day(invoice.created.at, invoice.content.issuer.zone)


def delivered_on(invoice: Invoice) -> date | None:
    """Return the day, in the issuer's zone, on which the document was sent or uploaded; None before that."""
    delivered = invoice.uploaded or invoice.sent
    return local_day(delivered.at, invoice.content.issuer.zone) if delivered else None


def paid_on(invoice: Invoice) -> date | None:
    """Return the day of the last payment of a paid invoice; None if it is not paid, or was written off entirely."""
    if invoice.status not in {Status.PAID, Status.CLOSED}:
        return None
    covering = (payment.paid_on for payment in invoice.standing_payments if payment.amount > payment.surplus)
    return max(covering, default=None)


def nearest_rank(invoices_by_days: Mapping[int, int], percent: int) -> int | None:
    """Return the smallest number of days that at least `percent` of the invoices did not exceed; None without any."""
    left = -(-sum(invoices_by_days.values()) * percent // 100)
    for days in sorted(invoices_by_days):
        left -= invoices_by_days[days]
        if left <= 0:
            return days
    return None


def summed_days(invoices_by_days: Mapping[int, int]) -> Days:
    """Return mean and percentile of a distribution: how many invoices took how many days."""
    count = sum(invoices_by_days.values())
    if not count:
        return Days(invoices=0, mean=None, percentile_90=None)
    whole = sum(days * invoices for days, invoices in invoices_by_days.items())
    mean = (Decimal(whole) / count).quantize(TENTH, ROUND_HALF_UP)
    return Days(invoices=count, mean=mean, percentile_90=nearest_rank(invoices_by_days, PERCENTILE))


def expected_on(due: date, usual_days_late: int | None, as_of: date) -> date:
    """Return the day on which the money is expected: the due date, moved by the client's usual days late.

    Money that was expected earlier and has not come is expected today.
    """
    return max(due + timedelta(days=usual_days_late or 0), as_of)
