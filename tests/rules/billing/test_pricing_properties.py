"""Properties of prices that hold for any worklogs of a month, in any order of rows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import DealType
from models.contracts.rate_rule import RateRule, billable_seconds
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.invoice.content.lines import LineType
from models.values.money import apportion, round_amount
from tests.fixtures.invoices import TASHKENT, contract, drafted, terms, worklog
from tests.fixtures.properties import examples

D = Decimal
SUP, HR, FP = DealType.SUP, DealType.HR, DealType.FP
ZERO = D("0.00")


HALF_HOURS = st.integers(1, 90 * 60).map(lambda n: n * 20)  # 20 s to 30 h, many of them not whole minutes


@st.composite
def worklogs(draw: st.DrawFn) -> tuple[Worklog, ...]:
    count = draw(st.integers(0, 12))
    drawn = []
    for n in range(count):
        day = date(2026, 2, draw(st.integers(1, 28)))
        at = None
        if draw(st.booleans()):
            at = datetime(2026, 2, day.day, tzinfo=TASHKENT) + timedelta(minutes=draw(st.integers(0, 24 * 60 - 1)))
        drawn.append(
            worklog(
                day=day,
                at=at,
                seconds=draw(HALF_HOURS),
                issue=draw(st.sampled_from(["PROJ-1", "PROJ-2", "SUP-3"])),
                issue_type=draw(st.sampled_from(["Task", "Incident"])),
                priority=draw(st.sampled_from(["P1", "P4"])),
                linked=draw(st.sampled_from([None, "PROJ-1"])),
                worklog_id=str(n),
            )
        )
    return tuple(drawn)


FACTORS = st.sampled_from([D("1.0"), D("1.25"), D("1.5"), D(3)])
RULES = st.builds(
    RateRule,
    base_hourly_rate=st.sampled_from([D("150000.00"), D("33.33"), D("100.01")]),
    monthly_limit_hours=st.sampled_from([D(0), D("0.5"), D("12.34"), D(40)]),
    overtime_multiplier=FACTORS,
    p1_p3_multiplier=FACTORS,
    off_hours_multiplier=FACTORS,
    p1_p3_off_hours_multiplier=FACTORS,
)
DEALS = st.sampled_from(list(DealType))


def priced(logs: Sequence[Worklog], deal: DealType, agreed: RateRule) -> Content:
    return drafted(contract(logs, deal), terms(rate_rule=agreed))


@examples(40)
@given(worklogs(), DEALS, RULES)
def test_printed_amounts_follow_from_printed_quantities(
    logs: tuple[Worklog, ...], deal: DealType, agreed: RateRule
) -> None:
    content = priced(logs, deal, agreed)
    for line in content.lines:
        exact = line.quantity * line.unit_price * line.rate_multiplier
        assert line.line_total == round_amount(exact, content.currency)
    assert content.totals.total_amount == sum((x.line_total for x in content.lines if x.billed), ZERO)
    assert content.totals.total_amount == content.totals.net_amount + content.totals.tax_amount


@examples(40)
@given(worklogs(), RULES)
def test_overtime_quantities_add_up_to_the_hours_above_the_limit(logs: tuple[Worklog, ...], agreed: RateRule) -> None:
    totals = priced(logs, SUP, agreed).totals
    assert totals.overtime_hours == max(totals.total_hours - agreed.monthly_limit_hours, ZERO)


@examples(40)
@given(worklogs(), DEALS, RULES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    logs: tuple[Worklog, ...], deal: DealType, agreed: RateRule, random: Any
) -> None:
    shuffled = list(logs)
    random.shuffle(shuffled)
    assert priced(shuffled, deal, agreed) == priced(logs, deal, agreed)


@examples(40)
@given(worklogs(), worklogs(), DEALS, RULES)
def test_more_work_never_costs_less(
    logs: tuple[Worklog, ...], more: tuple[Worklog, ...], deal: DealType, agreed: RateRule
) -> None:
    added = tuple(log.model_copy(update={"worklog_id": f"more-{log.worklog_id}"}) for log in more)
    before, after = priced(logs, deal, agreed).totals, priced((*logs, *added), deal, agreed).totals
    assert after.total_hours >= before.total_hours
    assert after.total_amount >= before.total_amount


@examples(40)
@given(worklogs(), DEALS, RULES)
def test_every_worklog_is_on_exactly_one_task_line(logs: tuple[Worklog, ...], deal: DealType, agreed: RateRule) -> None:
    tasks = [line for line in priced(logs, deal, agreed).lines if line.line_type is LineType.TASK]
    assert sorted(key for line in tasks for key in line.work.worklogs) == sorted(log.worklog_id for log in logs)
    assert sum(line.work.billable_seconds for line in tasks) == sum(billable_seconds(log) for log in logs)


def test_apportioned_hundredths_go_to_the_largest_remainders() -> None:
    # 1.004 + 1.004 + 1.002 h make 3.01: 1.00 each, and the first of the largest remainders gets the missing hundredth
    seconds = [3614, 3614, 3608]  # 1.00388.., 1.00388.., 1.00222..
    assert apportion(seconds, D("3.01")) == [D("1.01"), D("1.00"), D("1.00")]
    assert apportion([], ZERO) == []
