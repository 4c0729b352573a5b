"""The finance dashboard of one day, as it is shown and stored (docs/specification/dashboard.md)."""

from datetime import date, datetime

from pydantic import Field

from models.accounting.ageing import Age
from models.accounting.collection import Days
from models.accounting.finance_sums import Rest, Sum
from models.invoice.status import Kind
from models.values.base_models import Frozen
from models.values.money import ZERO, Amount, Currency


class AgedSum(Frozen):
    """The open balance of one bucket of days late; `0` is current, that is not late."""

    days_late: Age
    invoices: int = 0
    amount: Amount = ZERO


class KindFigures(Frozen):
    """The figures of service invoices, or of partner invoices, in one currency."""

    kind: Kind
    outstanding: Sum = Sum()
    due_soon: Sum = Field(default=Sum(), description="due today or within 7 days")
    late: Sum = Field(default=Sum(), description="past the due date; the due date itself is not late")
    rejected: Sum = Field(default=Sum(), description="the totals of the invoices that have this status now")


class CustomerFigures(Frozen):
    """The figures of one partner or client in one currency."""

    kind: Kind
    customer_key: str
    customer_name: str
    outstanding: Sum
    due_soon: Sum
    late: Sum
    ageing: tuple[AgedSum, ...]
    rejected: Sum
    invoiced: Sum = Field(description="the revenue: totals of the invoices of the 12 months that stand")
    paid_amount: Amount = Field(description="what was paid on the invoices in `invoiced`")
    usual_days_late: int | None = Field(
        description="the median over the invoices that were paid in the 12 months; below zero is early, null is unknown"
    )


class MonthFigures(Frozen):
    """The invoices whose date lies in one month; `month` is its first day."""

    month: date
    invoiced: Sum = Sum()
    paid_amount: Amount = ZERO
    rejected: Sum = Sum()


class WeekForecast(Frozen):
    """The money that is expected in one week; `week` is its Monday."""

    week: date
    expected: Sum = Sum()
    by_history: Amount = Field(default=ZERO, description="expected by the client's usual days late")
    by_due_date: Amount = Field(default=ZERO, description="the client has no history, so the due date counts")


class Forecast(Frozen):
    """The open balance by the week in which it is expected; the sum of all parts is the outstanding sum."""

    weeks: tuple[WeekForecast, ...]
    later: Sum = Sum()
    without_due_date: Sum = Sum()


class CurrencyFigures(Frozen):
    """All figures in one currency. Amounts of different currencies are never added up."""

    currency: Currency
    outstanding: Sum
    due_soon: Sum
    late: Sum
    rejected: Sum
    kinds: tuple[KindFigures, ...]
    ageing: tuple[AgedSum, ...]
    customers: tuple[CustomerFigures, ...] = Field(description="partners first, then by outstanding amount")
    other_customers: Rest = Rest()
    months: tuple[MonthFigures, ...]
    forecast: Forecast


class Timing(Frozen):
    """The days of the invoices of one kind that were paid in the 12 months.

    Ready is the day on which the draft was made; delivered is the day of the upload to the portal, or of the sending.
    """

    kind: Kind
    ready_to_delivered: Days
    delivered_to_paid: Days
    ready_to_paid: Days


class FinanceFigures(Frozen):
    """The finance dashboard of one day."""

    as_of: date
    zone: str = Field(description="the issuer's time zone, in which the day begins and ends")
    taken_at: datetime = Field(description="the moment at which the invoices were read")
    changed_later: int = Field(
        default=0, description="invoices that changed between the end of the day and `taken_at`; 0 for today"
    )
    currencies: tuple[CurrencyFigures, ...]
    timing: tuple[Timing, ...]
