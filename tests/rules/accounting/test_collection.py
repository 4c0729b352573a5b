"""Days from ready to paid: percentiles by nearest rank, the days of an invoice, and when money is expected."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.accounting.collection import (
    Days,
    delivered_on,
    expected_on,
    nearest_rank,
    paid_on,
    summed_days,
)
from models.invoice.commands import MarkUploaded, RecordPayment, ReversePayment
from models.invoice.status import Kind, Status
from tests.fixtures.invoices import NOW, approved, execute, new_invoice, sent, utc

AS_OF = date(2026, 3, 4)


@given(st.lists(st.integers(-30, 400), min_size=1, max_size=60), st.integers(1, 100))
def test_the_nearest_rank_is_the_smallest_value_that_enough_do_not_exceed(days: list[int], percent: int) -> None:
    found = nearest_rank(Counter(days), percent)
    assert found is not None
    assert found in days
    assert sum(each <= found for each in days) * 100 >= percent * len(days)
    assert sum(each < found for each in days) * 100 < percent * len(days)


def test_mean_and_percentile_of_ten_invoices() -> None:
    """1 + 2 + ... + 9 + 100 = 145, divided by 10 is 14.5; nine of ten took 9 days or fewer."""
    assert summed_days(Counter([*range(1, 10), 100])) == Days(invoices=10, mean=Decimal("14.5"), percentile_90=9)


def test_the_mean_is_rounded_half_up() -> None:
    """(0 + 0 + 0 + 1) / 4 = 0.25."""
    assert summed_days({0: 3, 1: 1}).mean == Decimal("0.3")


def test_without_invoices_there_is_no_mean() -> None:
    assert summed_days({}) == Days(invoices=0, mean=None, percentile_90=None)


@pytest.mark.parametrize(
    ("due", "usual", "expected"),
    [
        (date(2026, 3, 20), None, date(2026, 3, 20)),
        (date(2026, 3, 20), 0, date(2026, 3, 20)),
        (date(2026, 3, 20), 12, date(2026, 4, 1)),
        (date(2026, 3, 20), -5, date(2026, 3, 15)),
        (date(2026, 2, 20), None, AS_OF),  # late and unknown: now
        (date(2026, 2, 20), 12, AS_OF),  # the usual day, 4 March, is today
        (date(2026, 2, 20), 11, AS_OF),  # the usual day has passed
        (date(2026, 2, 20), 30, date(2026, 3, 22)),  # late, but this client usually pays later still
        (date(2026, 3, 6), -30, AS_OF),
    ],
)
def test_when_money_is_expected(due: date, usual: int | None, expected: date) -> None:
    assert expected_on(due, usual, AS_OF) == expected


def test_the_day_of_the_delivery_is_a_day_of_the_issuers_zone() -> None:
    """20:30 UTC on the 3rd is 01:30 on the 4th in Tashkent."""
    late_evening = utc("2026-03-03T20:30:00")
    assert delivered_on(sent(now=late_evening)) == date(2026, 3, 4)
    partner = approved(new_invoice(kind=Kind.PARTNER), late_evening - timedelta(days=1))
    assert delivered_on(partner) is None
    uploaded = execute(partner, MarkUploaded(by="lena", uploaded_at=late_evening), now=late_evening)
    assert delivered_on(uploaded) == date(2026, 3, 4)


def test_an_invoice_is_paid_on_the_day_of_its_last_payment() -> None:
    invoice = sent()
    half = invoice.total / 2
    day = NOW.date() - timedelta(days=1)
    first = RecordPayment(by="lena", payment_id="p-1", paid_on=day, amount=half, reference="1")
    rest = first.model_copy(update={"payment_id": "p-2", "paid_on": day - timedelta(days=2), "reference": "2"})
    part = execute(invoice, first)
    assert paid_on(part) is None
    paid = execute(part, rest)
    assert (paid.status, paid_on(paid)) == (Status.PAID, day)
    credit = {"payment_id": "p-3", "paid_on": NOW.date(), "amount": Decimal(5), "reference": "3"}
    surplus = execute(paid, first.model_copy(update=credit))
    assert (surplus.credit, paid_on(surplus)) == (Decimal(5), day)
    again_open = execute(paid, ReversePayment(by="boss", payment_id="p-1", reason="another client's"))
    assert paid_on(again_open) is None
