"""The settings of costs: cost rates, overhead rules, exchange rates, and who sees them (quotes.md 1)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.access.cost_access import CostAccess
from models.access.roles import Role
from models.quotes.calculator.cost_book import CalculationRefused
from models.quotes.calculator.scenario import Scenario
from models.quotes.rates.cost_rate import CostRateInput, find_cost_rate
from models.quotes.rates.overhead_rule import OverheadRuleInput, rules_on
from models.settings.exchange_rate import ExchangeRate, ExchangeRateInput, find_conversion, rates_of
from models.values.money import Currency
from tests.fixtures.scenarios import DEVELOPER, SPREAD, book, calculated, cost_rate, exchange_rate, scenario, team

D = Decimal
USD, UZS, EUR = Currency.USD, Currency.UZS, Currency.EUR
DAY = date(2026, 2, 10)


def exchange(source: str, target: str, rate: str, day: str, **changes: Any) -> ExchangeRate:
    fields = {"from_currency": source, "to_currency": target, "rate": rate, "valid_from": day, "source": "CBU"}
    return exchange_rate(ExchangeRateInput.model_validate(fields | changes))


def refused(model: Any, fields: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as found:
        model.model_validate(fields)
    return str(found.value)


class TestCostRates:
    def test_a_month_is_gross_pay_taxes_and_benefits(self) -> None:
        """2,000 + 240 + 160; 160 x 80 %."""
        given = CostRateInput.model_validate(DEVELOPER)
        rate = given.rate(given.key)
        assert (rate.id, rate.monthly, rate.billable_hours) == ("role.developer.2026-01-01", D("2400.00"), D(128))

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"taxes_amount": "1"}, "taxes_amount: give taxes_percent or taxes_amount"),
            ({"benefits_percent": "5"}, "benefits_amount: give benefits_percent or benefits_amount"),
            ({"gross": "0.0001"}, "gross: an amount in USD may have at most 2"),
            ({"utilisation_percent": "0"}, "greater than or equal to 1"),
            ({"utilisation_percent": "100.01"}, "less than or equal to 100"),
            ({"hours_per_month": "745"}, "less than or equal to 744"),
            ({"code": "Anna B."}, "pattern"),
            ({"kind": "team"}, "kind"),
        ],
    )
    def test_a_wrong_value_is_refused(self, changes: dict[str, Any], text: str) -> None:
        assert text in refused(CostRateInput, DEVELOPER | changes)

    def test_the_rate_of_the_day_counts(self) -> None:
        first = CostRateInput.model_validate(cost_rate("dev", "USD", "1000", valid_to="2026-02-09"))
        second = CostRateInput.model_validate(cost_rate("dev", "USD", "1100", valid_from="2026-02-10"))
        stopped = CostRateInput.model_validate(cost_rate("ops", "USD", "900", active=False))
        rates = [each.rate(each.key) for each in (first, second, stopped)]
        found = [find_cost_rate(rates, day, role="dev") for day in (date(2026, 2, 9), DAY)]
        assert [each.gross if each else None for each in found] == [D("1000.00"), D("1100.00")]
        assert find_cost_rate(rates, date(2025, 12, 31), role="dev") is None
        assert find_cost_rate(rates, DAY, role="ops") is None

    def test_a_code_counts_for_its_kind_only(self) -> None:
        [rate] = book(rates=(cost_rate("anna", "USD", "1000"),)).cost_rates
        assert find_cost_rate([rate], DAY, employee="anna") is None
        assert find_cost_rate([rate], DAY, role="anna") is rate


class TestOverheadRules:
    @pytest.mark.parametrize(
        ("fields", "path"),
        [
            ({"kind": "percent"}, "percent"),
            ({"kind": "percent", "percent": "0"}, "percent"),
            ({"kind": "percent", "percent": "5", "amount": "1", "currency": "USD"}, "amount"),
            ({"kind": "per_head", "amount": "1.00"}, "currency"),
            ({"kind": "per_head", "amount": "1.0050", "currency": "USD"}, "amount"),
            ({"kind": "spread", "amount": "1.00", "currency": "USD"}, "billable_hours"),
            ({"kind": "spread", "amount": "1.00", "currency": "USD", "billable_hours": "0"}, "billable_hours"),
        ],
    )
    def test_each_kind_has_its_fields(self, fields: dict[str, Any], path: str) -> None:
        given = {"code": "OFFICE", "valid_from": "2026-01-01"} | fields
        assert f"{path}: " in refused(OverheadRuleInput, given)

    def test_the_rules_of_the_day_apply(self) -> None:
        known = book(
            SPREAD | {"valid_to": "2026-02-09"}, SPREAD | {"code": "B", "active": False}, SPREAD | {"code": "A"}
        )
        assert [each.code for each in rules_on(known.overhead_rules, date(2026, 2, 9))] == ["A", "OFFICE"]
        assert [each.code for each in rules_on(known.overhead_rules, DAY)] == ["A"]


class TestExchangeRates:
    def test_the_newest_rate_up_to_the_day_counts(self) -> None:
        rates = [exchange("USD", "UZS", text, day) for text, day in (("12000", "2026-01-01"), ("12500", "2026-02-10"))]
        rates.append(exchange("USD", "UZS", "13000", "2026-02-11"))
        found = find_conversion(rates_of(rates, DAY), USD, UZS)
        assert found is not None
        assert (found.convert(D(2)), found.rates) == (D("25000.00"), (rates[1],))

    def test_a_rate_serves_both_directions(self) -> None:
        """100 / 12,500 = 0.008; the inverse is never rounded: 1,000,000 / 12,500.25 = 79.9984."""
        found = find_conversion(rates_of([exchange("USD", "UZS", "12500", "2026-02-01")], DAY), UZS, USD)
        assert found is not None
        assert found.convert(D(100)) == D("0.01")
        found = find_conversion(rates_of([exchange("USD", "UZS", "12500.25", "2026-02-01")], DAY), UZS, USD)
        assert found is not None
        assert found.convert(D(1_000_000)) == D("80.00")
        assert found.convert(D(100_000_000)) == D("7999.84")

    def test_the_newer_direction_counts(self) -> None:
        there, back = exchange("USD", "EUR", "0.9", "2026-02-01"), exchange("EUR", "USD", "1.25", "2026-02-05")
        for rates in ([there, back], [back, there]):
            found = find_conversion(rates_of(rates, DAY), USD, EUR)
            assert found is not None
            assert found.convert(D(100)) == D("80.00")  # 100 / 1.25

    def test_the_way_with_the_newest_rates_is_taken(self) -> None:
        """By som 1.10, whose older rate is of the 3rd; by roubles 1.20, whose older rate is of the 2nd."""
        rates = [
            exchange("EUR", "UZS", "13750", "2026-02-03"),
            exchange("USD", "UZS", "12500", "2026-02-04"),
            exchange("EUR", "RUB", "120", "2026-02-09"),
            exchange("USD", "RUB", "100", "2026-02-02"),
        ]
        found = find_conversion(rates_of(rates, DAY), EUR, USD)
        assert found is not None
        assert found.convert(D(100)) == D("110.00")
        assert found.rates == (rates[0], rates[1])

    def test_without_a_rate_nothing_is_guessed(self) -> None:
        rates = [exchange("USD", "UZS", "12500", "2026-02-11"), exchange("EUR", "UZS", "1", "2026-01-01", active=False)]
        assert find_conversion(rates_of(rates, DAY), USD, UZS) is None
        assert find_conversion(rates_of(rates, DAY), EUR, UZS) is None
        same = find_conversion(rates_of([], DAY), USD, USD)
        assert same is not None
        assert same.convert(D("1.50")) == D("1.50")

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"to_currency": "USD"}, "to_currency: must be another currency"),
            ({"rate": "0"}, "greater than 0"),
            ({"rate": "12,5"}, "valid decimal"),
            ({"source": ""}, "at least 1"),
            ({"units": 0}, "greater than or equal to 1"),
        ],
    )
    def test_a_wrong_rate_is_refused(self, changes: dict[str, Any], text: str) -> None:
        given = {
            "from_currency": "USD",
            "to_currency": "UZS",
            "rate": "12500",
            "source": "CBU",
            "valid_from": "2026-01-01",
        }
        assert text in refused(ExchangeRateInput, given | changes)

    def test_a_later_rate_follows_without_an_end(self) -> None:
        given = {"from_currency": "USD", "to_currency": "UZS", "rate": "12500", "source": "CBU"}
        first, second = (
            ExchangeRateInput.model_validate(given | {"valid_from": day}) for day in ("2026-01-01", "2026-01-02")
        )
        assert not first.shares_a_day_with(second)
        assert first.shares_a_day_with(first)


class TestScenarios:
    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"team": [{"hours": "10"}]}, "role: give an employee"),
            ({"team": [team(share_percent="10")]}, "hours: give hours or share_percent"),
            ({"team": [{"role": "developer"}]}, "hours: give hours or share_percent"),
            ({"discount": {}}, "percent: give percent or amount"),
            ({"discount": {"percent": "5", "amount": "5.00"}}, "percent: give percent or amount"),
            ({"discount": {"amount": "5.0050"}}, "discount.amount: an amount in USD"),
            ({"prices": {"hourly_rate": "5.0050"}}, "prices.hourly_rate: an amount in USD"),
            ({"prices": {"base_amount": "5.0050"}}, "prices.base_amount: an amount in USD"),
            ({"target": {"margin_percent": "5", "step": "0.0050"}}, "target.step: an amount in USD"),
            ({"costs": [{"name": "x", "amount": "5.50", "currency": "JPY"}]}, "costs.0.amount: an amount in JPY"),
            ({"costs": [{"name": "x", "amount": "5", "markup_percent": "5"}]}, "markup_percent: belongs to a cost"),
            ({"term_months": 0}, "term_months"),
            ({"currency": "XXX"}, "currency"),
            ({"salary": "5"}, "salary"),
        ],
    )
    def test_a_wrong_input_names_its_field(self, changes: dict[str, Any], path: str) -> None:
        assert path in refused(Scenario, scenario().model_dump() | changes)

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"team": [team(), team("nobody")]}, "team.1"),
            ({"on": "2025-12-31"}, "team.0"),
            ({"currency": "GBP"}, "team.0"),
            ({"costs": [{"name": "x", "amount": "5", "currency": "GBP"}]}, "costs.0.currency"),
        ],
    )
    def test_a_missing_rate_names_its_field(self, changes: dict[str, Any], path: str) -> None:
        with pytest.raises(CalculationRefused) as found:
            calculated(scenario(**changes))
        assert found.value.path == path


@pytest.mark.parametrize(
    ("least", "seeing"),
    [
        (Role.EDITOR, [Role.EDITOR, Role.MANAGER, Role.ADMIN]),
        (Role.MANAGER, [Role.MANAGER, Role.ADMIN]),
        (Role.ADMIN, [Role.ADMIN]),
    ],
)
def test_the_least_role_sees_costs(least: Role, seeing: list[Role]) -> None:
    assert [role for role in Role if CostAccess(least_role=least).allows(role)] == seeing


def test_a_viewer_never_sees_costs() -> None:
    assert "a viewer sees prices, never costs" in refused(CostAccess, {"least_role": "viewer"})
    assert CostAccess().least_role is Role.MANAGER
