"""The minutes of a job and their evaluation (docs/specification/kpi.md 1 to 3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.partners.kpi.clock import job_minutes
from models.partners.kpi.evaluation import KpiResult, NotScored, evaluate, job_kpi
from models.partners.kpi.target import KpiTarget, KpiTargetInput, find_target
from models.partners.order_type import OrderType
from models.partners.orders.order import Blocker, Order
from tests.fixtures.partner_invoices import order

SET_OUT = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
DAY = date(2026, 3, 10)


def minute(n: float) -> datetime:
    """A time in minutes after OnTheWay."""
    return SET_OUT + timedelta(minutes=n)


def job(minutes: float, *blocked: tuple[float, float | None], **changes: Any) -> Order:
    """A job of so many minutes, with its blockers as minutes after OnTheWay."""
    blockers = tuple(
        Blocker(
            id=f"B{n}",
            reason="no access",
            opened_at=minute(begin),
            opened_by="ravi",
            closed_at=None if end is None else minute(end),
        )
        for n, (begin, end) in enumerate(blocked)
    )
    times = {"on_the_way_at": SET_OUT, "completed_at": minute(minutes)}
    return order(blockers=blockers, **(times | changes))


@pytest.mark.parametrize(
    ("blocked", "expected"),
    [
        ([], 100),
        ([(10, 30)], 80),  # 20 minutes
        ([(10, 30), (20, 50)], 60),  # they overlap: 10 to 50
        ([(10, 60), (20, 30)], 50),  # one within the other
        ([(10, 20), (20, 30)], 80),  # one after the other
        ([(20, 50), (10, 30)], 60),  # stored in another order
        ([(-60, 15)], 85),  # opened before the installer set out
        ([(90, 500)], 90),  # closed after the completion
        ([(80, None)], 80),  # still open: until the completion
        ([(-20, -10), (120, 130)], 100),  # outside
        ([(-10, 200)], 0),  # all the time
        ([(60, None), (40, None)], 40),
        ([(30, 30)], 100),  # no time
        ([(40, 20)], 100),  # closed before it was opened: no time
    ],
)
def test_blockers_stop_the_clock(blocked: list[tuple[float, float | None]], expected: int) -> None:
    assert job_minutes(job(100, *blocked)) == expected


def test_a_begun_minute_counts() -> None:
    assert [job_minutes(job(minutes)) for minutes in (0, 0.02, 59.99, 60, 60.01)] == [0, 1, 60, 60, 61]


def test_without_both_times_in_order_there_are_no_minutes() -> None:
    assert job_minutes(job(60, on_the_way_at=None)) is None
    assert job_minutes(job(60, completed_at=None)) is None
    assert job_minutes(job(-1)) is None


@given(
    st.integers(0, 120),
    st.lists(st.tuples(st.integers(-30, 150), st.one_of(st.none(), st.integers(-30, 150))), max_size=6),
)
def test_the_clock_counts_each_minute_without_a_blocker(
    minutes: int, blocked: list[tuple[float, float | None]]
) -> None:
    """The minutes one by one: a minute counts if no blocker is open in it."""

    def is_open(n: int) -> bool:
        return any(begin <= n and (end is None or n < end) for begin, end in blocked)

    assert job_minutes(job(minutes, *blocked)) == sum(not is_open(n) for n in range(minutes))


@pytest.mark.parametrize(
    ("minutes", "target", "expected"),
    [
        (0, 60, KpiResult.ON_TIME),
        (48, 60, KpiResult.ON_TIME),  # 80 % of 60 is 48
        (49, 60, KpiResult.LATE),
        (60, 60, KpiResult.LATE),
        (61, 60, KpiResult.EXCEEDED),
        (96, 120, KpiResult.ON_TIME),
        (97, 120, KpiResult.LATE),
        (121, 120, KpiResult.EXCEEDED),
        (5, 7, KpiResult.ON_TIME),  # 80 % of 7 is 5.6
        (6, 7, KpiResult.LATE),
        (1, 1, KpiResult.LATE),
    ],
)
def test_above_the_target_is_exceeded_and_above_80_per_cent_late(
    minutes: int, target: int, expected: KpiResult
) -> None:
    assert evaluate(minutes, target) is expected


def target(minutes: int, **fields: Any) -> KpiTarget:
    made = KpiTargetInput.model_validate({"minutes": minutes, "valid_from": "2026-01-01", **fields})
    return made.target(made.key)


TARGETS = (
    target(200),
    target(120, order_type="activation"),
    target(90, order_type="activation", method="NON_PRELAID"),
    target(60, order_type="activation", partner="TIME"),
    target(45, order_type="activation", partner="TIME", method="PRELAID"),
    target(1, order_type="activation", partner="CELCOM", method="PRELAID"),
    target(1, order_type="activation", partner="TIME", method="SDU", active=False),
    target(1, order_type="activation", partner="TIME", method="SDU", valid_to="2026-03-09", valid_from="2026-01-02"),
    target(1, order_type="activation", partner="TIME", method="SDU", valid_from="2026-03-11"),
)


@pytest.mark.parametrize(
    ("partner", "order_type", "method", "expected"),
    [
        ("TIME", OrderType.ACTIVATION, "PRELAID", 45),
        ("TIME", OrderType.ACTIVATION, "NON_PRELAID", 60),  # its partner's before the method of every partner
        ("TIME", OrderType.ACTIVATION, None, 60),
        ("TIME", OrderType.ACTIVATION, "SDU", 60),  # inactive, over, and not begun
        ("DIGI", OrderType.ACTIVATION, "NON_PRELAID", 90),
        ("DIGI", OrderType.ACTIVATION, "PRELAID", 120),
        ("DIGI", OrderType.ASSURANCE, None, 200),
    ],
)
def test_the_most_specific_target_of_the_day_decides(
    partner: str, order_type: OrderType, method: str | None, expected: int
) -> None:
    for targets in (TARGETS, TARGETS[::-1]):
        found = find_target(targets, partner, order_type, method, DAY)
        assert found is not None
        assert found.minutes == expected


def test_a_job_is_scored_by_its_minutes_and_its_target() -> None:
    kpi = job_kpi(job(100, (10, 55), method="PRELAID"), TARGETS, DAY)
    assert (kpi.minutes, kpi.target, kpi.result) == (55, TARGETS[4], KpiResult.EXCEEDED)  # 100 - 45; target 45
    assert job_kpi(job(100), (), DAY).not_scored is NotScored.NO_TARGET
    assert job_kpi(job(100, on_the_way_at=None), TARGETS, DAY).not_scored is NotScored.NO_TIMES


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 60, "partner": "TIME"}, "order_type"),
        ({"minutes": 60, "method": "PRELAID"}, "order_type"),
        ({"minutes": 60, "valid_to": "2025-12-31"}, "valid_to"),
    ],
)
def test_a_target_that_is_not_valid_is_refused(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError, match=path):
        KpiTargetInput.model_validate({"valid_from": "2026-01-01"} | fields)
