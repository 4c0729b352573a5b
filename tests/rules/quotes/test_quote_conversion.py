"""What an accepted quote becomes: dated prices and a schedule that adds up (docs/specification/quotes.md 7)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from models.invoice.errors import InvalidChange, Refused
from models.invoice.invoice import ActionStamp
from models.quotes.calculator.calculation import prices_only
from models.quotes.calculator.scenario import Scenario
from models.quotes.content.content import QuoteContent, numbered
from models.quotes.content.deal import calculated_lines, deal_of
from models.quotes.conversion.inputs import DealAs, ScheduleInput
from models.quotes.conversion.schedule import month_after, schedule_of
from models.quotes.conversion.terms import conversion_of, dated_rule
from models.quotes.quote.commands import ConvertQuote
from models.quotes.quote.preconditions import check
from models.values.money import Currency
from tests.fixtures.quotes import NOW, accepted, content, do, draft, sent, typed
from tests.rules.quotes.scenario_strategies import scenarios

D = Decimal
STAMP = ActionStamp(by="boss", at=NOW)
SCHEDULES: TypeAdapter[Any] = TypeAdapter(ScheduleInput)
TODAY = date(2026, 3, 2)


def of_scenario(scenario: Scenario, *extra: Any) -> QuoteContent:
    """The content of a quote with the lines of a calculation, and further lines."""
    made = calculated_lines("c" * 32, scenario, prices_only(scenario, TODAY, ()), "en")
    lines = numbered((*made, *(each.line(scenario.currency) for each in extra)))
    return content().model_copy(
        update={"lines": lines, "currency": scenario.currency, "deal": deal_of("c" * 32, scenario)}
    )


def support(**changes: Any) -> Scenario:
    prices = {
        "base_amount": "2000.00",
        "hourly_rate": "50.00",
        "monthly_limit_hours": "40",
        "overtime_multiplier": "1.5",
    }
    return Scenario.model_validate(
        {
            "name": "Support",
            "deal_type": "SUP",
            "currency": "USD",
            "term_months": 12,
            "prices": prices,
            "hours": {"standard": "44"},
        }
        | changes
    )


def test_a_calculation_becomes_lines_of_its_term() -> None:
    """A month: the base of 2,000.00, and 4 hours above the limit × 50.00 × 1.5 = 300.00."""
    found = of_scenario(support())
    assert [(line.id, line.description, line.amount, line.times) for line in found.lines] == [
        ("L1", "Monthly support", D("2000.00"), 12),
        ("L2", "Hours above the monthly limit", D("300.00"), 12),
    ]
    assert found.lines[0].details == "Includes 40 hours a month"
    assert found.totals.total_amount == D("27600.00")


def test_a_discount_of_the_calculation_shows_as_the_difference_from_the_list() -> None:
    found = of_scenario(support(discount={"percent": "10"}))
    # 1,800.00 and 4 × 45.00 × 1.5 = 270.00
    assert found.totals.discount == (D("200.00") + D("30.00")) * 12
    assert found.totals.total_amount == D("2070.00") * 12


def test_the_lines_hold_no_cost() -> None:
    scenario = support(team=[{"role": "ENGINEER", "hours": "44"}], costs=[{"name": "laptop", "amount": "777.77"}])
    text = of_scenario(scenario).model_dump_json()
    assert "777.77" not in text
    assert "ENGINEER" not in text


def test_prices_become_a_dated_rule_and_the_base() -> None:
    wanted = ConvertQuote(application_key="APP-001", valid_from=date(2026, 4, 15))
    found = conversion_of(of_scenario(support()), wanted, STAMP)
    assert found.prices is not None
    assert (found.prices.base_amount, found.prices.valid_to) == (D("2000.00"), date(2027, 4, 14))
    rule = dated_rule(found.prices)
    assert (rule.base_hourly_rate, rule.monthly_limit_hours, rule.overtime_multiplier) == (
        D("50.00"),
        D("40.00"),
        D("1.5"),
    )
    assert found.prices.lines == {"SUP.base||1.0": "L1", "SUP.overtime|overtime|1.5": "L2"}
    assert (found.schedule, found.replaces_base) == ((), False)


def test_fixed_lines_beside_a_deal_are_invoiced_once() -> None:
    wanted = ConvertQuote(application_key="APP-001", valid_from=date(2026, 4, 1))
    found = conversion_of(of_scenario(support(), typed("Onboarding", "500.00")), wanted, STAMP)
    [entry] = found.schedule
    assert (entry.due_on, entry.amount, entry.parts[0].line_id) == (date(2026, 4, 1), D("500.00"), "L3")


@pytest.mark.parametrize(("wanted", "entries"), [
    (
        {"kind": "deposit", "percent": "30", "deposit_on": "2026-04-01", "rest_on": "2026-06-30"},
        [("2026-04-01", "300.00"), ("2026-06-30", "700.00")],
    ),
    (
        {"kind": "milestones", "milestones": [
            {"name": "Design", "percent": "33.33", "on": "2026-04-30"},
            {"name": "Build", "percent": "33.33", "on": "2026-05-31"},
            {"name": "Launch", "percent": "33.34", "on": "2026-06-30"},
        ]},
        [("2026-04-30", "333.30"), ("2026-05-31", "333.30"), ("2026-06-30", "333.40")],
    ),
    # 333.33 + 333.34 + 333.33: the second sum, 666.666…, rounds to 666.67.
    (
        {"kind": "monthly", "first_on": "2026-12-10", "months": 3},
        [("2026-12-31", "333.33"), ("2027-01-31", "333.34"), ("2027-02-28", "333.33")],
    ),
])  # fmt: skip
def test_a_schedule_divides_each_line(wanted: dict[str, Any], entries: list[tuple[str, str]]) -> None:
    found = schedule_of(content().lines, SCHEDULES.validate_python(wanted), TODAY, Currency.USD, "en")
    assert [(str(each.due_on), str(each.amount)) for each in found] == entries


AMOUNTS = st.lists(st.decimals(D("-99999"), D("999999"), places=2).map(str), min_size=1, max_size=5)


@given(AMOUNTS, st.integers(1, 60))
def test_whatever_the_schedule_every_line_adds_up(amounts: list[str], months: int) -> None:
    lines = content(*(typed("Work", amount) for amount in amounts)).lines
    wanted = SCHEDULES.validate_python({"kind": "monthly", "first_on": "2026-01-31", "months": months})
    found = schedule_of(lines, wanted, TODAY, Currency.USD, "en")
    for line in lines:
        parts = [part.amount for entry in found for part in entry.parts if part.line_id == line.id]
        assert sum(parts) == line.total
        assert max(parts) - min(parts) <= D("0.02")


@pytest.mark.parametrize(("wanted", "field"), [
    ({"kind": "deposit", "percent": "100", "deposit_on": "2026-04-01", "rest_on": "2026-06-30"}, "percent"),
    ({"kind": "deposit", "percent": "30", "deposit_on": "2026-04-02", "rest_on": "2026-04-01"}, "rest_on"),
    ({"kind": "milestones", "milestones": [{"name": "All", "percent": "99.99", "on": "2026-04-01"}]}, "up to 99.99"),
])  # fmt: skip
def test_a_schedule_that_does_not_add_up_is_refused(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        SCHEDULES.validate_python(wanted)


@pytest.mark.parametrize(("day", "months", "after"), [
    ("2026-01-31", 1, "2026-02-28"), ("2026-01-31", 25, "2028-02-29"), ("2026-12-01", 1, "2027-01-01"),
])  # fmt: skip
def test_a_month_later_is_the_same_day_or_the_last(day: str, months: int, after: str) -> None:
    assert str(month_after(date.fromisoformat(day), months)) == after


def test_only_an_accepted_quote_is_converted_and_only_once() -> None:
    wanted = ConvertQuote(application_key="APP-001", valid_from=date(2026, 4, 1), by="boss")
    with pytest.raises(Refused):
        check(sent(), wanted, NOW)
    converted = do(accepted(), wanted)
    assert converted.is_converting
    with pytest.raises(Refused, match="APP-001 already"):
        check(converted, wanted, NOW)


def test_a_schedule_for_prices_only_is_refused() -> None:
    quote = accepted(sent(draft(of_scenario(support()))))
    monthly = SCHEDULES.validate_python({"kind": "monthly", "first_on": "2026-04-01", "months": 3})
    wanted: dict[str, Any] = {"application_key": "APP-001", "valid_from": date(2026, 4, 1), "schedule": monthly}
    with pytest.raises(InvalidChange, match=r"^schedule"):
        check(quote, ConvertQuote(**wanted), NOW)
    as_schedule = do(quote, ConvertQuote(**wanted, deal_as=DealAs.SCHEDULE))
    assert as_schedule.conversion is not None
    assert as_schedule.conversion.prices is None
    assert as_schedule.conversion.replaces_base
    assert sum(each.amount for each in as_schedule.conversion.schedule) == D("27600.00")


@given(scenarios())
def test_the_lines_of_a_quote_cost_what_was_calculated(scenario: Scenario) -> None:
    """The sum of the lines is the revenue of the term, as the calculator has it."""
    bare = scenario.model_copy(update={"costs": (), "tax_percent": D("0.00")})
    result = prices_only(bare, TODAY, ())
    assert of_scenario(bare).totals.total_amount == result.price.revenue
