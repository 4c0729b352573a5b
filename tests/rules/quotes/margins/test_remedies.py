"""Contracts below a target, and the price or limit that would reach it, worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest

from models.contracts.contract import ContractRecords
from models.contracts.rate_rule import RateRule
from models.issuer.issuer import TaxRate
from models.quotes.margins.entries import margin_entries
from models.quotes.margins.facts import MarginFacts
from models.quotes.margins.remedies import FlaggedContract, Remedy, flagged_contracts
from models.values.period import Period
from tests.fixtures.invoices import FEBRUARY, SATURDAY
from tests.fixtures.margins import (
    ANNA,
    BORIS,
    NOBODY,
    content_of,
    facts,
    fixed,
    hourly,
    live,
    support,
    work,
)
from tests.fixtures.scenarios import PERCENT


def flagged(given: MarginFacts, target: str) -> list[FlaggedContract]:
    return flagged_contracts(margin_entries(given).entries, given.invoices, Decimal(target))


def remedies(given: MarginFacts, target: str) -> list[tuple[str, Decimal | None, str]]:
    [found] = flagged(given, target)
    return [(each.field.value, each.needed, each.reason) for each in found.remedies]


def the_remedy(given: MarginFacts, target: str) -> Remedy:
    [found] = flagged(given, target)
    return found.remedies[0]


def test_the_hourly_rate_for_a_target() -> None:
    """10 h cost 100; for 75 % they must bring in 400, 40.00 an hour. 300 are invoiced, 100 are missing."""
    [found] = flagged(facts(hourly(work(ANNA, 10))), "75")
    assert (found.row.key, found.row.net_percent, found.shortfall) == (
        "APP-001",
        Decimal("66.67"),
        Decimal("100.00"),
    )
    [remedy] = found.remedies
    assert (remedy.field, remedy.now, remedy.needed) == ("hourly_rate", Decimal("30.00"), Decimal("40.00"))
    assert (remedy.revenue, remedy.net_margin, remedy.net_percent) == (
        Decimal("400.00"),
        Decimal("300.00"),
        Decimal("75.00"),
    )


def test_a_price_is_rounded_up_so_that_it_holds() -> None:
    """100 / 0.3 = 333.33...; at 33.33 an hour 333.30 - 100 = 233.30 is less than 70 % of it, 233.31."""
    remedy = the_remedy(facts(hourly(work(ANNA, 10))), "70")
    assert (remedy.exact, remedy.needed) == (Decimal("33.333333333333"), Decimal("33.34"))
    assert remedy.net_margin == Decimal("233.40")


def test_tiers_count_with_their_multipliers() -> None:
    """5 h of standard and 5 h on a Saturday x 1.5 are 12.5 rated hours; 100 / 0.75 / 12.5 = 10.666... becomes 10.67."""
    rule = RateRule(base_hourly_rate=Decimal("9.00"), off_hours_multiplier=Decimal("1.5"))
    records = hourly(work(ANNA, 5), work(ANNA, 5, day=SATURDAY, issue="PROJ-2"))
    given = facts(records, invoices=[live(content_of(records, FEBRUARY, rule))])
    remedy = the_remedy(given, "25")
    assert (remedy.now, remedy.needed) == (Decimal("9.00"), Decimal("10.67"))


def test_the_fixed_price_for_a_target() -> None:
    """20 h of Boris cost 375 and 20 % of overhead 75; 450 / 0.6 = 750."""
    given = facts(fixed(work(BORIS, 20), price="700"), overheads=(PERCENT,))
    remedy = the_remedy(given, "40")
    assert (remedy.field, remedy.needed) == ("base_amount", Decimal("750.00"))


def test_the_base_of_two_months_together() -> None:
    """Months of 20 and 40 h cost 200 and 400; for 50 % both bases must be 600."""
    january, march = Period.month(2026, 2), Period.month(2026, 3)
    first = support(work(ANNA, 20), base="500", limit="40")
    both = support(*first.worklogs, work(ANNA, 40, day=date(2026, 3, 3)), base="500", limit="40")
    later = support(*both.worklogs[1:], base="500", limit="40")
    invoices = [live(content_of(first, january), "INV-1"), live(content_of(later, march), "INV-2")]
    months = Period(start=january.start, end=march.end)
    given = facts(both, invoices=invoices, months=months)
    assert the_remedy(given, "50").needed == Decimal("600.00")


def test_the_limit_for_a_target() -> None:
    """50 h cost 500. At 40 h the revenue is 500 + 10 x 30 = 800; for 50 % it must be 1,000: 16.67 h of overtime are
    500.10, 16.66 h are 499.80, so the limit is 33.33 h. Or the base is 1,000 - 300 = 700."""
    given = facts(support(work(ANNA, 50), base="500", limit="40"))
    assert remedies(given, "50") == [
        ("base_amount", Decimal("700.00"), ""),
        ("monthly_limit_hours", Decimal("33.33"), ""),
    ]


@pytest.mark.parametrize(
    ("records", "target", "field", "why"),
    [
        # 50 h of overtime are 500 + 1,500 = 2,000, of which 1,500 remain: 75 %
        (support(work(ANNA, 50), base="500", limit="40"), "76", "monthly_limit_hours", "Even if every hour"),
        (support(work(ANNA, 50), base="500", limit="40", rate="0"), "50", "monthly_limit_hours", "no hourly rate"),
        (hourly(work(ANNA, 10)), "100", "hourly_rate", "takes the whole revenue"),
    ],
)
def test_where_there_is_no_remedy_the_reason_is_told(
    records: ContractRecords, target: str, field: str, why: str
) -> None:
    [reason] = [each[2] for each in remedies(facts(records), target) if each[0] == field]
    assert why in reason


def test_a_price_that_includes_the_tax_is_solved_with_it() -> None:
    """12 % are in the price: the net amount of 10 h x 30 is 267.86. For 75 % it must be 400, 448 with the tax."""
    content = content_of(hourly(work(ANNA, 10)))
    tax = TaxRate(code="VAT", rate=Decimal("0.12"), valid_from=FEBRUARY.start, included=True)
    totals = content.totals.model_copy(
        update={"net_amount": Decimal("267.86"), "tax_amount": Decimal("32.14"), "total_amount": Decimal("300.00")}
    )
    invoices = [live(content.model_copy(update={"tax": tax, "totals": totals}))]
    remedy = the_remedy(facts(hourly(work(ANNA, 10)), invoices=invoices), "75")
    assert (remedy.needed, remedy.revenue) == (Decimal("44.80"), Decimal("400.00"))


def test_contracts_at_or_above_the_target_are_not_flagged() -> None:
    given = facts(hourly(work(ANNA, 10)))
    assert flagged(given, "66.66") == []
    assert len(flagged(given, "66.67")) == 1  # 200 / 300 is a little less


def test_a_contract_whose_cost_is_not_known_is_not_flagged() -> None:
    assert flagged(facts(hourly(work(ANNA, 10), work(NOBODY, 1), rate="1.00")), "90") == []


def test_the_lowest_margin_comes_first() -> None:
    given = facts(
        hourly(work(ANNA, 10)),
        hourly(work(ANNA, 10, issue="B-1"), rate="12.00", application_key="APP-002"),
        hourly(work(ANNA, 10, issue="C-1"), rate="0", application_key="APP-003"),
    )
    assert [each.row.key for each in flagged(given, "70")] == ["APP-003", "APP-002", "APP-001"]
