"""Sums of invoices, as PostgreSQL groups them, from which the figures of the finance dashboard are built."""

from datetime import date

from models.invoice.status import Kind
from models.values.base_models import Frozen
from models.values.money import ZERO, Amount, Currency


class Sum(Frozen):
    """How many invoices, and their amount. Sums of sums are not validated again, which would take most of the time."""

    invoices: int = 0
    amount: Amount = ZERO

    def __add__(self, other: "Sum") -> "Sum":
        return Sum.model_construct(invoices=self.invoices + other.invoices, amount=self.amount + other.amount)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum.model_construct(invoices=self.invoices - other.invoices, amount=self.amount - other.amount)


class OpenSum(Frozen):
    """The open balance of the invoices of one kind, currency and due date."""

    kind: Kind
    currency: Currency
    due: date | None
    open: Sum


class MonthSum(Frozen):
    """The invoices of one kind, currency and month: those that stand with what was paid on them, and the rejected."""

    kind: Kind
    currency: Currency
    month: date
    invoiced: Sum
    paid_amount: Amount
    rejected: Sum


class PaidDays(Frozen):
    """How many paid invoices of one kind took so many days from ready to delivered, and from delivered to paid."""

    kind: Kind
    to_delivered: int
    to_paid: int
    invoices: int


class ExpectedSum(Frozen):
    """The open balance that is expected on one day; `by_history` if the client's earlier payments say so."""

    currency: Currency
    expected_on: date | None
    by_history: bool
    open: Sum


class CustomerSum(Frozen):
    """The sums of one partner or client in one currency; `invoiced`, paid and `rejected` are those of the 12 months."""

    kind: Kind
    currency: Currency
    customer_key: str
    outstanding: Sum
    invoiced: Sum
    paid_amount: Amount
    rejected: Sum


class Rest(Frozen):
    """The customers that are not listed, because there are too many."""

    customers: int = 0
    outstanding: Sum = Sum()
    invoiced: Sum = Sum()


class OwedByCustomer(Frozen):
    """The open balance of one customer in one currency for one due date.

    Days beyond what the buckets tell apart are moved to the first such day.
    """

    kind: Kind
    currency: Currency
    customer_key: str
    due: date | None
    open: Sum


class Customer(Frozen):
    """The name of a customer, and the median of its days late over the invoices that it has paid."""

    customer_key: str
    customer_name: str
    usual_days_late: int | None


class ReadSums(Frozen):
    """The sums of invoices that the figures are built from.

    `months` are the latest 12, and all earlier ones as one. `customers_of` counts all customers, listed or not.
    """

    open: tuple[OpenSum, ...] = ()
    months: tuple[MonthSum, ...] = ()
    expected: tuple[ExpectedSum, ...] = ()
    days: tuple[PaidDays, ...] = ()
    customers: tuple[CustomerSum, ...] = ()
    customers_of: dict[Currency, int] = {}
    owed: tuple[OwedByCustomer, ...] = ()
    known: tuple[Customer, ...] = ()

    @property
    def currencies(self) -> list[Currency]:
        """All currencies of the invoices, in alphabetical order."""
        return sorted({each.currency for each in self.open} | {each.currency for each in self.months})
