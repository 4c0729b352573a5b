"""Payouts of installers, margins, and the sums of their reports (docs/specification/kpi.md 5 and 6)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.accounting.job_amounts import job_amounts
from models.invoice.content.lines import LineType
from models.partners.dockets.docket import Docket, DocketState
from models.partners.installer_rate import InstallerRate, InstallerRateInput
from models.partners.job_amounts import JobAmounts
from models.partners.kpi.target import KpiTarget
from models.partners.orders.order import Order
from models.partners.payout.installer import Installer, InstallerInput
from models.partners.payout.margin import JobMargin
from models.partners.payout.payout import JobPayout, PayoutBlock, PayoutTerms, job_payout
from models.partners.payout.rate_lookup import PayoutStep
from models.partners.payout.reports import GroupBy, margin_rows, payout_rows
from models.values.money import Currency
from tests.fixtures.partner_invoices import material, order, partner_content

FROM = date(2026, 1, 1)
DAY = date(2026, 3, 10)
SET_OUT = datetime(2026, 3, 10, 4, tzinfo=UTC)
AN_HOUR = KpiTarget(id="default.any.any.2026-01-01", minutes=60, valid_from=FROM)


def paid(amount: str, **fields: Any) -> InstallerRate:
    usual = {"order_type": "activation", "category": "FTTH", "valid_from": FROM, "amount": amount}
    made = InstallerRateInput.model_validate(usual | fields)
    return made.rate(made.key)


def installer(code: str, kind: str = "subcon", **fields: Any) -> Installer:
    usual = {"installer": code, "name": code.title(), "installer_type": kind, "valid_from": FROM}
    made = InstallerInput.model_validate(usual | fields)
    return made.profile(made.key)


OWN = paid("80", installer="RAVI")
OWN_PRELAID = paid("70", installer="RAVI", method="PRELAID")
SENIOR = paid("65", installer_type="subcon", level="SENIOR")
SUBCON = paid("60", installer_type="subcon")
EMPLOYEE = paid("40", installer_type="employee")
EMPLOYEE_PRELAID = paid("35", installer_type="employee", method="PRELAID")
RATES = (EMPLOYEE_PRELAID, EMPLOYEE, SUBCON, SENIOR, OWN_PRELAID, OWN)
INSTALLERS = (
    installer("RAVI", level="SENIOR", name="Ravi Kumar"),
    installer("SITI", level="SENIOR"),
    installer("ALI"),
    installer("MEI", "employee", level="JUNIOR"),
    installer("OLD", active=False),
    installer("TAN", valid_to=date(2026, 3, 9)),
    installer("TAN", "employee", valid_from=date(2026, 3, 10)),
)


def job(installer: str | None, minutes: int = 30, key: str = "ORD-1", **changes: Any) -> Order:
    times = {"on_the_way_at": SET_OUT, "completed_at": SET_OUT + timedelta(minutes=minutes)}
    return order(key, installer=installer, **(times | changes))


def payout(done: Order, *rates: InstallerRate, targets: tuple[KpiTarget, ...] = (AN_HOUR,)) -> JobPayout:
    terms = PayoutTerms(rates=rates or RATES, installers=INSTALLERS, targets=targets)
    return job_payout(done, terms, DAY, Currency.MYR)


@pytest.mark.parametrize(
    ("who", "method", "amount", "step"),
    [
        ("RAVI", None, "80", PayoutStep.INSTALLER),
        ("ravi kumar", None, "80", PayoutStep.INSTALLER),
        (" Ravi ", "PRELAID", "70", PayoutStep.INSTALLER),
        ("Ravi", "SDU", "80", PayoutStep.INSTALLER),
        ("Siti", None, "65", PayoutStep.TYPE_AND_LEVEL),
        ("Ali", "PRELAID", "60", PayoutStep.TYPE),  # its type's before an employee's of the method
        ("Mei", None, "40", PayoutStep.TYPE),
        ("Mei", "PRELAID", "35", PayoutStep.TYPE),
        ("Tan", None, "40", PayoutStep.TYPE),  # an employee since this day
        ("Old", None, "40", PayoutStep.EMPLOYEE),
        ("somebody", None, "40", PayoutStep.EMPLOYEE),
    ],
)
def test_the_rate_is_searched_in_its_order(who: str, method: str | None, amount: str, step: PayoutStep) -> None:
    for rates in (RATES, RATES[::-1]):
        found = payout(job(who, method=method), *rates)
        assert (found.amount, found.step, found.blocked) == (Decimal(amount), step, None)


@pytest.mark.parametrize(
    ("changes", "blocked"),
    [
        ({"installer": None}, PayoutBlock.NO_INSTALLER),
        ({"category": None}, PayoutBlock.NO_CATEGORY),
        ({"category": "FTTO"}, PayoutBlock.NO_RATE),
        ({"order_type": "assurance"}, PayoutBlock.NO_RATE),
    ],
)
def test_a_job_without_a_rate_is_blocked_with_its_reason(changes: dict[str, Any], blocked: PayoutBlock) -> None:
    found = payout(job("Ravi").model_copy(update=changes))
    assert (found.blocked, found.amount) == (blocked, None)
    assert found.message


def test_a_rate_of_another_day_currency_or_state_pays_nothing() -> None:
    others = (
        paid("1", installer="RAVI", valid_from="2026-03-11"),
        paid("1", installer="RAVI", valid_to="2026-03-09"),
        paid("1", installer="RAVI", active=False),
        paid("1", installer="RAVI", currency="USD"),
        paid("1", installer="ALI"),
    )
    assert payout(job("Ravi"), *others).blocked is PayoutBlock.NO_RATE


def test_two_installers_of_one_name_block_the_job() -> None:
    terms = PayoutTerms(rates=RATES, installers=(installer("ALI"), installer("ALI-2", name="Ali")))
    assert job_payout(job("ali"), terms, DAY, Currency.MYR).blocked is PayoutBlock.SEVERAL_INSTALLERS


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(48, "85.50"), (49, "70.00"), (60, "70.00"), (61, "70.00")],  # 80 + 5.50; late and exceeded: 80 - 10
)
def test_a_bonus_is_added_on_time_and_a_penalty_taken_off_later(minutes: int, expected: str) -> None:
    own = paid("80", installer="RAVI", on_time_bonus="5.50", late_penalty="10")
    assert payout(job("Ravi", minutes), own).amount == Decimal(expected)


def test_a_job_without_a_result_is_paid_by_its_rate() -> None:
    own = paid("80", installer="RAVI", on_time_bonus="5.50", late_penalty="10")
    assert payout(job("Ravi"), own, targets=()).amount == 80
    assert payout(job("Ravi", on_the_way_at=None), own).amount == 80


def test_the_minutes_of_the_docket_are_reported() -> None:
    docket = Docket(number="D-1", state=DocketState.DOCKET_RECEIVED, received_at=SET_OUT + timedelta(minutes=75))
    assert payout(job("Ravi", 30, docket=docket)).docket_minutes == 45


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"late_penalty": "80.01"}, "late_penalty"),
        ({"on_time_bonus": "1.005"}, "on_time_bonus"),
        ({"on_time_bonus": "-1"}, "on_time_bonus"),
    ],
)
def test_an_adjustment_that_is_not_valid_is_refused(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError, match=path):
        paid("80", installer="RAVI", **fields)


def test_the_amounts_of_a_job_are_those_of_its_lines() -> None:
    """75.00 for each job, and 12.50 for the materials of the first. A line added by hand belongs to no job."""
    content = partner_content(job("Ravi", materials=[material("12.50")]), job("Ali", key="ORD-2"))
    by_hand = content.lines[0].model_copy(update={"id": "M1", "source": None})
    kpi = content.lines[0].model_copy(update={"line_type": LineType.KPI, "line_total": Decimal("-7.50")})
    unbilled = content.lines[0].model_copy(update={"billed": False})
    amounts = job_amounts((*content.lines, by_hand, kpi, unbilled))
    assert amounts == {
        "ORD-1": JobAmounts(job=Decimal("75.00"), kpi=Decimal("-7.50"), materials=Decimal("12.50")),
        "ORD-2": JobAmounts(job=Decimal("75.00")),
    }
    assert amounts["ORD-1"].invoiced == Decimal("67.50")


def margin(done: JobPayout, invoiced: str) -> JobMargin:
    return JobMargin(payout=done, invoice_id="I", number="TIME-1", amounts=JobAmounts(job=Decimal(invoiced)))


def test_a_margin_is_what_remains_and_a_blocked_job_has_none() -> None:
    """150 - 80 = 70, 75 - 60 = 15; 85 of 225 are 37.8 %."""
    jobs = [
        margin(payout(job("Ravi")), "150"),
        margin(payout(job("Ali", key="ORD-2")), "75"),
        margin(payout(job(None, key="ORD-3")), "75"),
    ]
    assert [each.margin for each in jobs] == [70, 15, None]
    [row] = margin_rows(jobs, GroupBy.PARTNER)
    assert (row.key, row.jobs, row.blocked, row.blocked_amount) == ("TIME", 3, 1, Decimal(75))
    assert [row.invoiced, row.payout, row.margin] == [225, 140, 85]
    assert row.margin_percent == Decimal("37.8")
    rows = margin_rows(jobs, GroupBy.INSTALLER)
    assert [(each.key, each.name, each.margin) for each in rows] == [
        ("", "", Decimal(0)),
        ("ALI", "Ali", Decimal(15)),
        ("RAVI", "Ravi Kumar", Decimal(70)),
    ]
    assert rows[0].margin_percent is None


def test_currencies_are_not_added_up() -> None:
    dollars = payout(job("Ravi")).model_copy(update={"currency": Currency.USD})
    rows = payout_rows([payout(job("Ravi")), dollars], GroupBy.INSTALLER)
    assert [(row.currency, row.payout) for row in rows] == [(Currency.MYR, Decimal(80)), (Currency.USD, Decimal(80))]


DONE = st.builds(
    job,
    st.sampled_from(["Ravi", "Siti", "Ali", "Mei", "nobody", None]),
    st.integers(0, 90),
    category=st.sampled_from(["FTTH", "FTTO"]),
    building_name=st.sampled_from(["A", "B"]),
)


@given(st.lists(DONE, max_size=8), st.sampled_from(GroupBy))
def test_the_rows_add_up_to_the_jobs(done: list[Order], group_by: GroupBy) -> None:
    own = paid("80", installer="RAVI", on_time_bonus="5.50", late_penalty="10")
    jobs = [payout(each, own, SUBCON, EMPLOYEE) for each in done]
    rows = payout_rows(jobs, group_by)
    assert sum(row.payout for row in rows) == sum(each.amount or 0 for each in jobs)
    assert all(row.payout == row.rates + row.bonuses - row.penalties for row in rows)
    assert all(row.jobs == row.on_time + row.late + row.exceeded + row.not_scored for row in rows)
    assert sum(row.jobs for row in rows) == len(jobs)
    of_invoices = margin_rows([margin(each, "75") for each in jobs], group_by)
    assert all(row.margin == row.invoiced - row.payout for row in of_invoices)
    assert sum(row.invoiced + row.blocked_amount for row in of_invoices) == 75 * len(jobs)
