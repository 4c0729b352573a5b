"""Buckets of days late, what is due soon, and that the buckets divide the outstanding sum."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.accounting.ageing import BUCKETS, age, days_late, is_due_soon
from models.accounting.finance_comparison import differences
from models.accounting.finance_figures import added, figures
from models.accounting.finance_snapshot import FinanceFigures
from models.accounting.finance_sums import ExpectedSum, OpenSum, ReadSums, Sum
from models.invoice.status import Kind
from models.values.money import ZERO, Currency, total
from models.values.period import due_date

AS_OF = date(2026, 3, 4)  # a Wednesday
TAKEN_AT = datetime.fromisoformat("2026-03-05T00:15:00+05:00")

dues = st.one_of(st.none(), st.dates(AS_OF - timedelta(days=400), AS_OF + timedelta(days=200)))
open_sums = st.builds(
    Sum, invoices=st.integers(1, 50), amount=st.decimals("0.01", "99999999.99", places=2, allow_nan=False)
)
currencies = st.sampled_from([Currency.MYR, Currency.UZS, Currency.USD])
expected_sums = st.builds(ExpectedSum, currency=currencies, expected_on=dues, by_history=st.booleans(), open=open_sums)


def of_day(as_of: date, *open_: OpenSum, expected: tuple[ExpectedSum, ...] = ()) -> FinanceFigures:
    return figures(ReadSums(open=open_, expected=expected), as_of, "Asia/Tashkent", TAKEN_AT)


@pytest.mark.parametrize(
    ("late", "bucket"),
    [
        *((-1, "0"), (0, "0"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60")),
        *((61, "61-90"), (90, "61-90"), (91, "90+"), (4000, "90+")),
    ],
)
def test_the_edges_of_the_buckets(late: int, bucket: str) -> None:
    due = AS_OF - timedelta(days=late)
    assert age(due, AS_OF) == bucket
    assert days_late(due, AS_OF) == max(late, 0)


def test_day_45_after_the_upload_is_not_late_and_day_46_is() -> None:
    due = due_date(date(2026, 1, 18), 45)  # 13 days of January, 28 of February, 4 of March
    assert due == AS_OF
    assert days_late(due, AS_OF) == 0
    assert days_late(due, AS_OF + timedelta(days=1)) == 1


def test_without_a_due_date_nothing_is_late_or_due_soon() -> None:
    assert (age(None, AS_OF), days_late(None, AS_OF), is_due_soon(None, AS_OF)) == ("0", 0, False)


@pytest.mark.parametrize(("days", "soon"), [(-1, False), (0, True), (7, True), (8, False)])
def test_due_soon_is_today_and_the_next_seven_days(days: int, soon: bool) -> None:
    assert is_due_soon(AS_OF + timedelta(days=days), AS_OF) is soon


@given(st.lists(st.builds(OpenSum, kind=st.sampled_from(Kind), currency=currencies, due=dues, open=open_sums)))
def test_the_buckets_divide_the_outstanding_sum_of_each_currency(owed: list[OpenSum]) -> None:
    found = of_day(AS_OF, *owed)
    assert [each.currency for each in found.currencies] == sorted({each.currency for each in owed})
    for each in found.currencies:
        mine = [one.open for one in owed if one.currency is each.currency]
        assert each.outstanding == Sum(invoices=sum(o.invoices for o in mine), amount=total(o.amount for o in mine))
        assert [bucket.days_late for bucket in each.ageing] == list(BUCKETS)
        aged = [Sum(invoices=bucket.invoices, amount=bucket.amount) for bucket in each.ageing]
        assert added(aged) == each.outstanding == added(kind.outstanding for kind in each.kinds)
        assert added(aged[1:]) == each.late
        assert each.due_soon.amount + each.late.amount <= each.outstanding.amount


@given(
    st.lists(st.builds(ExpectedSum, currency=currencies, expected_on=dues, by_history=st.booleans(), open=open_sums))
)
def test_the_forecast_divides_the_expected_money(expected: list[ExpectedSum]) -> None:
    """Every expected day is today or later, because the rule of `expected_on` has moved it."""
    moved = [
        each.model_copy(update={"expected_on": max(each.expected_on, AS_OF) if each.expected_on else None})
        for each in expected
    ]
    owed = [OpenSum(kind=Kind.SERVICE, currency=each.currency, due=each.expected_on, open=each.open) for each in moved]
    for each in of_day(AS_OF, *owed, expected=tuple(moved)).currencies:
        parts = [*(week.expected for week in each.forecast.weeks), each.forecast.later, each.forecast.without_due_date]
        assert added(parts) == each.outstanding
        assert all(week.by_history + week.by_due_date == week.expected.amount for week in each.forecast.weeks)
        assert each.forecast.weeks[0].week == date(2026, 3, 2)  # the Monday of the present week
        assert len(each.forecast.weeks) == 13


def test_the_differences_of_two_days() -> None:
    """On the 4th 100 is not late; on the 5th it is 1 day late, and 40 USD are new."""
    hundred = OpenSum(
        kind=Kind.PARTNER, currency=Currency.MYR, due=AS_OF, open=Sum(invoices=1, amount=Decimal("100.00"))
    )
    forty = OpenSum(kind=Kind.SERVICE, currency=Currency.USD, due=None, open=Sum(invoices=2, amount=Decimal("40.00")))
    later = of_day(AS_OF + timedelta(days=1), hundred, forty)
    ringgit, dollars = differences(later, of_day(AS_OF, hundred))
    assert ringgit.outstanding == Sum()
    assert (ringgit.late, ringgit.due_soon) == (hundred.open, Sum() - hundred.open)
    changed = {each.days_late: (each.invoices, each.amount) for each in ringgit.ageing}
    assert changed["0"] == (-1, Decimal("-100.00"))
    assert changed["1-30"] == (1, Decimal("100.00"))
    assert changed["90+"] == (0, ZERO)
    assert (dollars.currency, dollars.outstanding) == (Currency.USD, forty.open)
