"""The filters of the registry that show exactly the invoices of a figure of today's finance dashboard.

The figures are those of docs/specification/dashboard.md 2 and 3.
"""

from datetime import date, timedelta
from typing import Any

from models.accounting.ageing import AGES, DUE_SOON_DAYS, OLDEST, Age
from models.invoice.status import AWAITS_MONEY, Status
from models.values.period import Period

OUTSTANDING: dict[str, Any] = {"status": [each.value for each in Status if each in AWAITS_MONEY]}
REJECTED: dict[str, Any] = {"status": [Status.REJECTED.value]}
ISSUED: dict[str, Any] = {
    "status": [each.value for each in (Status.APPROVED, *sorted(AWAITS_MONEY), Status.PAID, Status.CLOSED)]
}
"""Those that stand: approved, delivered, paid or closed."""
MONTHS = 12


def due_soon(as_of: date) -> dict[str, Any]:
    return OUTSTANDING | {"due_date_from": str(as_of), "due_date_to": str(as_of + timedelta(days=DUE_SOON_DAYS))}


def late(as_of: date) -> dict[str, Any]:
    return OUTSTANDING | {"due_date_to": str(as_of - timedelta(days=1))}


def aged(as_of: date, bucket: Age) -> dict[str, Any]:
    """Return the filters of one bucket of days late. Those of `0` leave out invoices without a due date."""
    latest = dict(AGES).get(bucket)
    if bucket == AGES[0][0]:
        return OUTSTANDING | {"due_date_from": str(as_of)}
    before = max((most for name, most in AGES if latest is None or most < latest), default=0)
    newest = {"due_date_to": str(as_of - timedelta(days=before + 1))}
    if bucket == OLDEST or latest is None:
        return OUTSTANDING | newest
    return OUTSTANDING | {"due_date_from": str(as_of - timedelta(days=latest))} | newest


def of_month(filters: dict[str, Any], month: date) -> dict[str, Any]:
    """Return the filters for the invoices whose date lies in the month."""
    period = Period.month(month.year, month.month)
    return filters | {"invoice_date_from": str(period.start), "invoice_date_to": str(period.end)}


def of_window(filters: dict[str, Any], first_month: date, last_month: date) -> dict[str, Any]:
    """Return the filters for the invoices whose date lies in the window of months."""
    last = Period.month(last_month.year, last_month.month)
    return filters | {"invoice_date_from": str(first_month), "invoice_date_to": str(last.end)}
