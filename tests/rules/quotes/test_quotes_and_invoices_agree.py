"""The price of a quote and the invoice of the same hours are the same (docs/specification/quotes.md 2.3, 2.4)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import ContractRecords
from models.contracts.rate_rule import RateRule, Tier
from models.contracts.settings import DatedRule
from models.contracts.tax import ClientTax
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.issuer.issuer import Issuer, Party, TaxRate
from models.quotes.calculator.expected_month import MONTH, scaled, worklogs_of
from models.quotes.calculator.price import MonthPrice, contract_of, offered, price_month, rule_of
from models.quotes.calculator.scenario import Prices, Scenario
from tests.fixtures.invoices import MONDAY, TASHKENT, customer, drafted, terms
from tests.rules.quotes.scenario_strategies import scenarios

D = Decimal


def quoted(scenario: Scenario) -> tuple[Prices, MonthPrice]:
    prices = offered(scenario.prices, scenario.discount, scenario.deal_type, scenario.currency)
    return prices, price_month(scenario, prices, scenario.hours.seconds())


def invoiced(scenario: Scenario, prices: Prices, worklogs: tuple[Worklog, ...]) -> Content:
    """Return the draft of a month of the contract that the quote becomes, with its terms as the settings have them."""
    rule = DatedRule(
        valid_from=MONTH.start,
        base_hourly_rate=prices.hourly_rate,
        **prices.model_dump(exclude={"base_amount", "hourly_rate"}),
    )
    tax = TaxRate(code="VAT", rate=scenario.tax_percent / 100, valid_from=MONTH.start)
    agreed = terms(
        issuer=Issuer(party=Party(name="ProximaOps"), taxes=(tax,) if scenario.tax_percent else ()),
        rate_rule=RateRule.model_validate(rule.model_dump()),
        tax=ClientTax(prices_include_tax=scenario.prices_include_tax),
    )
    records = ContractRecords(contract=contract_of(scenario, prices), customer=customer(), worklogs=worklogs)
    return drafted(records, agreed, period=MONTH)


@given(scenarios())
def test_a_draft_has_the_lines_and_totals_of_the_quote(scenario: Scenario) -> None:
    prices, month = quoted(scenario)
    content = invoiced(scenario, prices, worklogs_of(scenario.hours.seconds()))
    assert content.lines == month.lines
    assert content.totals == month.totals


def in_pieces(seconds: Mapping[Tier, int], minutes: int, shift: int) -> tuple[Worklog, ...]:
    """Return the same seconds as worklogs of at least half an hour, of other people and on other days."""
    found = []
    for worklog in worklogs_of(seconds):
        pieces = max(1, worklog.seconds // (minutes * 60))
        part, rest = divmod(worklog.seconds, pieces)
        day = MONDAY + timedelta(
            days=(worklog.started_on - MONDAY).days // 7 * 7 + (worklog.started_on.day + shift) % 5
        )
        assert worklog.started_at is not None
        at = datetime.combine(min(day, MONTH.end - timedelta(days=1)), worklog.started_at.time(), TASHKENT)
        changed: dict[str, Any] = {"started_on": at.date(), "started_at": at, "account_id": f"worker-{shift}"}
        found += [
            worklog.model_copy(
                update=changed | {"worklog_id": f"{worklog.worklog_id}.{n}", "seconds": part + (n < rest)}
            )
            for n in range(pieces)
        ]
    return tuple(found)


@given(scenarios(deal_type=st.sampled_from(["HR", "FP"])), st.integers(30, 480), st.integers(0, 4))
def test_a_month_with_the_same_hours_costs_the_same(scenario: Scenario, minutes: int, shift: int) -> None:
    """Whoever works when and in which pieces, the hours of each tier decide."""
    prices, month = quoted(scenario)
    content = invoiced(scenario, prices, in_pieces(scenario.hours.seconds(), minutes, shift))
    assert content.totals == month.totals
    assert [(x.line_total, x.quantity, x.rate_multiplier) for x in content.lines] == [
        (x.line_total, x.quantity, x.rate_multiplier) for x in month.lines
    ]


@given(scenarios(deal_type=st.just("SUP")), st.integers(30, 480), st.integers(0, 4))
def test_a_support_month_has_the_same_overtime(scenario: Scenario, minutes: int, shift: int) -> None:
    """The order of the work decides which tier lies above the limit, so the tiers cost the same here."""
    equal = dict.fromkeys(("p1_p3_multiplier", "off_hours_multiplier", "p1_p3_off_hours_multiplier"), D("1.0"))
    plain = scenario.model_copy(update={"prices": scenario.prices.model_copy(update=equal)})
    prices, month = quoted(plain)
    content = invoiced(plain, prices, in_pieces(plain.hours.seconds(), minutes, shift))
    assert content.totals == month.totals


@given(scenarios())
def test_the_worklogs_have_the_hours_and_tiers_that_are_expected(scenario: Scenario) -> None:
    seconds = scenario.hours.seconds()
    found: dict[Tier, int] = {}
    for worklog in worklogs_of(seconds):
        assert MONTH.start <= worklog.started_on <= MONTH.end
        tier = rule_of(scenario.prices).tier(worklog)
        found[tier] = found.get(tier, 0) + worklog.seconds
    assert found == seconds


@given(scenarios(), st.integers(1, 10**7))
def test_scaled_hours_add_up(scenario: Scenario, wanted: int) -> None:
    seconds = scenario.hours.seconds()
    if seconds:
        found = scaled(seconds, wanted)
        assert sum(found.values()) == wanted
        whole = sum(seconds.values())
        assert all(abs(found.get(tier, 0) - part * wanted / whole) <= 1 for tier, part in seconds.items())
