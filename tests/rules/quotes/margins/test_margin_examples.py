"""Margins give the worked examples, and their parts are named and explained."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.invoice.status import Status
from models.quotes.calculator.cost_book import CalculationRefused
from models.quotes.margins.entries import EntryKind
from models.quotes.margins.facts import MissingKind
from models.quotes.margins.rows import GroupBy, write_off_sums
from models.values.money import Currency
from models.values.period import Period
from tests.fixtures.invoices import MONDAY
from tests.fixtures.margins import (
    ANNA,
    BORIS,
    LOLA,
    NOBODY,
    analysed,
    content_of,
    facts,
    fixed,
    hourly,
    live,
    only,
    rows,
    support,
    work,
)
from tests.fixtures.scenarios import PERCENT
from tests.rules.quotes.margins.worked_margins import ALL, Case


@pytest.mark.parametrize(
    "case", [pytest.param(each, id=f"{kind}: {each.name}") for kind, cases in ALL.items() for each in cases]
)
def test_worked_example(case: Case) -> None:
    row = only(case.given)
    found = {name: getattr(row, name) for name in case.expected}
    assert found == {name: None if text is None else Decimal(text) for name, text in case.expected.items()}


def test_what_is_missing_is_named() -> None:
    """Nobody has no cost rate on two days; of the missing worklog the invoice knows the time."""
    later = date(2026, 2, 20)
    known = hourly(work(ANNA, 10), work(NOBODY, 2), work(NOBODY, "1.5", day=later))
    invoiced = hourly(*known.worklogs, work(BORIS, 4))
    found = analysed(facts(known, invoices=[live(content_of(invoiced))])).missing
    assert [(each.kind, each.name, each.seconds) for each in found] == [
        (MissingKind.COST_RATE, "Nobody (nobody)", 12_600),
        (MissingKind.WORKLOG, f"boris.{MONDAY}.PROJ-1.4 of INV-1", 14_400),
    ]
    assert found[0].message == (
        "Nobody (nobody) has no cost rate from 2026-02-02 to 2026-02-20, when 3.50 hours were worked; add one to the "
        "settings."
    )


def test_a_missing_exchange_rate_is_named() -> None:
    """The rates begin in February; the work was done in January."""
    january = Period.month(2026, 1)
    records = hourly(work(LOLA, 2, day=date(2026, 1, 12)))
    given = facts(records, invoices=[live(content_of(records, january))], months=january)
    [missing] = analysed(given).missing
    assert (missing.kind, missing.name) == (MissingKind.EXCHANGE_RATE, "UZS to USD")
    assert only(given).net_margin is None


def test_revenue_in_a_currency_without_a_rate_is_refused() -> None:
    with pytest.raises(CalculationRefused) as refused:
        analysed(facts(hourly(work(ANNA, 1)), currency=Currency.MYR))
    assert refused.value.path == "currency"
    assert refused.value.message == "there is no exchange rate between USD and MYR on 2026-02-28; add one"


def test_the_exchange_rates_that_were_used_are_told() -> None:
    found = analysed(facts(hourly(work(LOLA, 10), work(ANNA, 1)), currency=Currency.EUR)).exchange_rates
    assert {(each.from_currency, each.to_currency, each.rate) for each in found} == {
        (Currency.USD, Currency.UZS, Decimal(12500)),
        (Currency.EUR, Currency.UZS, Decimal(13750)),
    }
    assert analysed(facts(hourly(work(ANNA, 1)))).exchange_rates == ()


def test_each_cost_is_explained() -> None:
    """0.7 h x 2,400 / 128 = 13.125; 20 % of 13.13 = 2.626."""
    [entry] = analysed(facts(hourly(work(BORIS, "0.7")), overheads=(PERCENT,))).entries
    assert entry.cost is not None
    assert entry.cost.formula == "0.7 × 2400.00 / 128 = 13.13"
    assert entry.cost.rate.id == "employee.boris.2026-01-01"
    assert [each.formula for each in entry.cost.overheads] == ["13.13 × 20 / 100 = 2.63"]
    [odd] = analysed(facts(hourly(work(LOLA, 0, seconds=1000)))).entries
    assert odd.cost is not None
    assert odd.cost.formula == "1000 / 3600 × 16000000.00 / 160 / 12500 = 2.22"


def test_the_rate_of_the_day_counts() -> None:
    """Anna costs 10.00 until 15 February and 20.00 from then on: 2 x 10 + 3 x 20 = 80."""
    given = facts(hourly(work(ANNA, 2), work(ANNA, 3, day=date(2026, 2, 16))))
    [anna] = [each for each in given.book.cost_rates if each.code == ANNA]
    dated = (
        anna.model_copy(update={"valid_to": date(2026, 2, 15)}),
        anna.model_copy(update={"id": "dearer", "gross": Decimal(3200), "valid_from": date(2026, 2, 16)}),
    )
    dearer = given.model_copy(update={"book": given.book.model_copy(update={"cost_rates": dated})})
    assert only(dearer).direct_cost == Decimal("80.00")


def test_revenue_is_divided_by_billable_time() -> None:
    """500 of support for 20 + 10 h: 333.33 and 166.67. Overtime of 10 h x 30 is Boris's alone."""
    records = support(work(ANNA, 20), work(BORIS, 10, day=date(2026, 2, 5)), base="500", limit="40")
    found = {row.key: row.revenue for row in rows(facts(records), GroupBy.EMPLOYEE)}
    assert found == {ANNA: Decimal("333.33"), BORIS: Decimal("166.67")}
    above = support(work(ANNA, 20), work(BORIS, 10, day=date(2026, 2, 5)), base="600", limit="20")
    # the base is divided among all work: 400 and 200
    found = {row.key: row.revenue for row in rows(facts(above), GroupBy.EMPLOYEE)}
    assert found == {ANNA: Decimal("400.00"), BORIS: Decimal("500.00")}


def test_the_same_work_by_each_group() -> None:
    first = hourly(
        work(ANNA, 10),
        work(BORIS, 4, issue="OPS-1", project_label="OPS"),
        labels=("PROJ", "OPS"),
    )
    site: dict[str, Any] = {
        "application_key": "APP-002",
        "customer_key": "CUST-002",
        "application_name": "Site",
        "labels": ("WEB",),
    }
    second = fixed(work(ANNA, 5, issue="WEB-1", project_label="WEB"), price="900", company_name="Initech", **site)
    given = facts(first, second)

    def by(group: GroupBy) -> list[tuple[str, str, Decimal, Decimal]]:
        return [(row.key, row.name, row.revenue, row.direct_cost) for row in rows(given, group)]

    one, two = (Decimal("420.00"), Decimal("175.00")), (Decimal("900.00"), Decimal("50.00"))
    assert by(GroupBy.INVOICE) == [("id-INV-1", "INV-1", *one), ("id-INV-2", "INV-2", *two)]
    assert by(GroupBy.CONTRACT) == [("APP-001", "Acme Support", *one), ("APP-002", "Site", *two)]
    assert by(GroupBy.CLIENT) == [("CUST-001", "Acme Corp", *one), ("CUST-002", "Initech", *two)]
    assert by(GroupBy.EMPLOYEE) == [
        ("anna", "Anna", Decimal("1200.00"), Decimal("150.00")),
        ("boris", "Boris", Decimal("120.00"), Decimal("75.00")),
    ]
    assert by(GroupBy.PROJECT) == [
        ("OPS", "OPS", Decimal("120.00"), Decimal("75.00")),
        ("PROJ", "PROJ", Decimal("300.00"), Decimal("100.00")),
        ("WEB", "WEB", *two),
    ]
    assert by(GroupBy.MONTH) == [("2026-02", "2026-02", Decimal("1320.00"), Decimal("225.00"))]


def test_a_renamed_person_has_the_name_of_the_newest_worklog() -> None:
    """10 x 30 + 2 x 30 in one row, and the earlier worklog shows the present name, too."""
    renamed = work(ANNA, 2, day=date(2026, 2, 20), user_name="Anna K.")
    given = facts(hourly(work(ANNA, 10), renamed))
    assert [(row.key, row.name, row.revenue) for row in rows(given, GroupBy.EMPLOYEE)] == [
        (ANNA, "Anna K.", Decimal("360.00"))
    ]
    assert {each.employee for each in analysed(given).entries} == {"Anna K."}


def test_currencies_stand_in_rows_of_their_own() -> None:
    given = facts(
        hourly(work(ANNA, 10)), hourly(work(LOLA, 10), rate="400000.00", currency="UZS", application_key="APP-002")
    )
    assert [(row.currency, row.revenue) for row in rows(given, GroupBy.CLIENT)] == [
        (Currency.USD, Decimal("300.00")),
        (Currency.UZS, Decimal("4000000.00")),
    ]


def test_an_invoice_of_two_months_belongs_to_the_one_in_which_it_begins() -> None:
    period = Period(start=date(2026, 2, 15), end=date(2026, 3, 14))
    records = hourly(work(ANNA, 2, day=date(2026, 2, 16)), work(ANNA, 3, day=date(2026, 3, 10)))
    invoices = [live(content_of(records, period))]
    assert [(row.key, row.hours) for row in rows(facts(records, invoices=invoices), GroupBy.MONTH)] == [
        ("2026-02", Decimal("5.00"))
    ]
    march = facts(records, invoices=invoices, months=Period.month(2026, 3))
    assert analysed(march).entries == ()


def test_work_of_a_withdrawn_or_open_invoice_is_open() -> None:
    records = hourly(work(ANNA, 10), work(BORIS, 1))
    for status in (Status.DRAFT, Status.NEEDS_REVIEW, Status.DECLINED, Status.REJECTED):
        found = analysed(facts(records, invoices=[live(content_of(records), None, status)])).entries
        assert {each.kind for each in found} == {EntryKind.OPEN}


def test_a_changed_time_costs_what_it_is_now() -> None:
    """The invoice has 10 hours, of which 8 are left in ClickHouse."""
    now = hourly(work(ANNA, 10, seconds=8 * 3600))
    found = facts(now, invoices=[live(content_of(hourly(work(ANNA, 10))))])
    row = only(found)
    assert (row.revenue, row.direct_cost, row.hours) == (Decimal("300.00"), Decimal("80.00"), Decimal("8.00"))
    assert "1 worklogs of INV-1 have other times now" in analysed(found).warnings[0]


def test_a_line_that_a_person_changed() -> None:
    """8 of 10 hours are charged, and the second issue of 2 hours not at all: 60 + 60 are written off."""
    content = content_of(hourly(work(ANNA, 10), work(BORIS, 2, issue="PROJ-2")))
    first, second = content.lines
    lines = (
        first.model_copy(update={"quantity": Decimal(8), "line_total": Decimal("240.00"), "is_manual": True}),
        second.model_copy(update={"billed": False}),
    )
    totals = content.totals.model_copy(update={"net_amount": Decimal(240), "total_amount": Decimal("240.00")})
    edited = content.model_copy(update={"lines": lines, "totals": totals})
    given = facts(hourly(work(ANNA, 10), work(BORIS, 2, issue="PROJ-2")), invoices=[live(edited)])
    [reduced] = write_off_sums(analysed(given).entries)
    assert (reduced.cause, reduced.hours, reduced.value) == ("reduced", Decimal("4.00"), Decimal("120.00"))
    assert only(given).direct_cost == Decimal("137.50")


def test_a_line_that_a_person_removed() -> None:
    """The worklogs of the second issue stay with the invoice: 2 x 30 are written off, and cost 37.50."""
    content = content_of(hourly(work(ANNA, 10), work(BORIS, 2, issue="PROJ-2")))
    totals = content.totals.model_copy(update={"net_amount": Decimal(300), "total_amount": Decimal("300.00")})
    edited = content.model_copy(update={"lines": content.lines[:1], "totals": totals})
    given = facts(hourly(work(ANNA, 10), work(BORIS, 2, issue="PROJ-2")), invoices=[live(edited)])
    [removed] = write_off_sums(analysed(given).entries)
    assert (removed.cause, removed.hours, removed.value) == ("removed", Decimal("2.00"), Decimal("60.00"))
    assert (only(given).revenue, only(given).direct_cost) == (Decimal("300.00"), Decimal("137.50"))
