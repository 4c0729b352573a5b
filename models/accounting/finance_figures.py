"""The figures of the finance dashboard, built from sums of invoices (docs/specification/dashboard.md 2 to 5)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from models.accounting.ageing import BUCKETS, age, days_late, is_due_soon
from models.accounting.collection import summed_days
from models.accounting.finance_snapshot import (
    AgedSum,
    CurrencyFigures,
    CustomerFigures,
    FinanceFigures,
    Forecast,
    KindFigures,
    MonthFigures,
    Timing,
    WeekForecast,
)
from models.accounting.finance_sums import (
    Customer,
    CustomerSum,
    ExpectedSum,
    MonthSum,
    OpenSum,
    OwedByCustomer,
    PaidDays,
    ReadSums,
    Rest,
    Sum,
)
from models.invoice.status import Kind
from models.values.money import Currency, total

MONTHS = 12
WEEKS = 13
MOST_CUSTOMERS = 50


def first_month(as_of: date) -> date:
    """Return the first day of the 12 months that end with the month of `as_of`."""
    return _month_before(as_of, MONTHS - 1)


def last_day(as_of: date) -> date:
    """Return the last day of the month of `as_of`."""
    return _month_before(as_of, -1) - timedelta(days=1)


def figures(sums: ReadSums, as_of: date, zone: str, taken_at: datetime, changed_later: int = 0) -> FinanceFigures:
    """Return the figures of the day."""
    return FinanceFigures(
        as_of=as_of,
        zone=zone,
        taken_at=taken_at,
        changed_later=changed_later,
        currencies=tuple(_of_currency(sums, currency, as_of) for currency in sums.currencies),
        timing=tuple(_timing(sums.days, kind) for kind in Kind),
    )


def _of_currency(sums: ReadSums, currency: Currency, as_of: date) -> CurrencyFigures:
    owed = [each for each in sums.open if each.currency is currency]
    issued = [each for each in sums.months if each.currency is currency]
    kinds = tuple(_of_kind(owed, issued, kind, as_of) for kind in Kind)
    months = tuple(_months(issued, as_of))
    customers = tuple(_customers(sums, currency, as_of))
    return CurrencyFigures(
        currency=currency,
        outstanding=added(each.outstanding for each in kinds),
        due_soon=added(each.due_soon for each in kinds),
        late=added(each.late for each in kinds),
        rejected=added(each.rejected for each in kinds),
        kinds=kinds,
        ageing=aged(((each.due, each.open) for each in owed), as_of),
        customers=customers,
        other_customers=_rest(sums.customers_of.get(currency, 0), customers, owed, months),
        months=months,
        forecast=forecast([each for each in sums.expected if each.currency is currency], as_of),
    )


def _of_kind(owed: Sequence[OpenSum], issued: Sequence[MonthSum], kind: Kind, as_of: date) -> KindFigures:
    mine = [each for each in owed if each.kind is kind]
    return KindFigures(
        kind=kind,
        outstanding=added(each.open for each in mine),
        due_soon=added(each.open for each in mine if is_due_soon(each.due, as_of)),
        late=added(each.open for each in mine if days_late(each.due, as_of)),
        rejected=added(each.rejected for each in issued if each.kind is kind),
    )


def added(sums: Iterable[Sum]) -> Sum:
    """Return the sum of sums; the sum of none is zero."""
    return sum(sums, Sum())


def aged(owed: Iterable[tuple[date | None, Sum]], as_of: date) -> tuple[AgedSum, ...]:
    """Return all buckets, empty ones as well; each open sum is in exactly one."""
    found = dict.fromkeys(BUCKETS, Sum())
    for due, open_sum in owed:
        found[age(due, as_of)] += open_sum
    return tuple(AgedSum(days_late=name, invoices=each.invoices, amount=each.amount) for name, each in found.items())


def _months(sums: Sequence[MonthSum], as_of: date) -> Iterator[MonthFigures]:
    for back in reversed(range(MONTHS)):
        month = _month_before(as_of, back)
        mine = [each for each in sums if each.month == month]
        yield MonthFigures(
            month=month,
            invoiced=added(each.invoiced for each in mine),
            paid_amount=total(each.paid_amount for each in mine),
            rejected=added(each.rejected for each in mine),
        )


def forecast(sums: Sequence[ExpectedSum], as_of: date) -> Forecast:
    """Return the expected money of the present week and of the 12 following ones, and the rest."""
    present = as_of - timedelta(days=as_of.weekday())
    weeks = [present + timedelta(weeks=n) for n in range(WEEKS)]
    end = present + timedelta(weeks=WEEKS)
    return Forecast(
        weeks=tuple(_week(sums, week) for week in weeks),
        later=added(each.open for each in sums if each.expected_on is not None and each.expected_on >= end),
        without_due_date=added(each.open for each in sums if each.expected_on is None),
    )


def _week(sums: Sequence[ExpectedSum], week: date) -> WeekForecast:
    end = week + timedelta(weeks=1)
    mine = [each for each in sums if each.expected_on is not None and week <= each.expected_on < end]
    return WeekForecast(
        week=week,
        expected=added(each.open for each in mine),
        by_history=total(each.open.amount for each in mine if each.by_history),
        by_due_date=total(each.open.amount for each in mine if not each.by_history),
    )


def _customers(sums: ReadSums, currency: Currency, as_of: date) -> Iterator[CustomerFigures]:
    known = {each.customer_key: each for each in sums.known}
    owed: defaultdict[tuple[Kind, str], list[OwedByCustomer]] = defaultdict(list)
    for one in sums.owed:
        if one.currency is currency:
            owed[one.kind, one.customer_key].append(one)
    for each in sums.customers:
        if each.currency is currency:
            yield _customer(each, owed[each.kind, each.customer_key], known[each.customer_key], as_of)


def _customer(sums: CustomerSum, owed: Sequence[OwedByCustomer], known: Customer, as_of: date) -> CustomerFigures:
    return CustomerFigures(
        kind=sums.kind,
        customer_key=sums.customer_key,
        customer_name=known.customer_name,
        outstanding=sums.outstanding,
        due_soon=added(each.open for each in owed if is_due_soon(each.due, as_of)),
        late=added(each.open for each in owed if days_late(each.due, as_of)),
        ageing=aged(((each.due, each.open) for each in owed), as_of),
        rejected=sums.rejected,
        invoiced=sums.invoiced,
        paid_amount=sums.paid_amount,
        usual_days_late=known.usual_days_late,
    )


def _rest(
    count: int, customers: Sequence[CustomerFigures], owed: Sequence[OpenSum], months: Sequence[MonthFigures]
) -> Rest:
    """Return what the list of customers leaves out of the sums of the currency; `count` is the number of all."""
    return Rest(
        customers=count - len(customers),
        outstanding=added(each.open for each in owed) - added(each.outstanding for each in customers),
        invoiced=added(each.invoiced for each in months) - added(each.invoiced for each in customers),
    )


def _timing(days: Sequence[PaidDays], kind: Kind) -> Timing:
    to_delivered, to_paid, whole = Counter[int](), Counter[int](), Counter[int]()
    for each in days:
        if each.kind is kind:
            to_delivered[each.to_delivered] += each.invoices
            to_paid[each.to_paid] += each.invoices
            whole[each.to_delivered + each.to_paid] += each.invoices
    return Timing(
        kind=kind,
        ready_to_delivered=summed_days(to_delivered),
        delivered_to_paid=summed_days(to_paid),
        ready_to_paid=summed_days(whole),
    )


def _month_before(day: date, months: int) -> date:
    """Return the first day of the month so many months before that of `day`."""
    month = day.year * 12 + day.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)
