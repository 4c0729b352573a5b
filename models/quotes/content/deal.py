"""The deal of a quote: the prices that an accepted quote becomes, and the lines that a calculation gives.

A deal holds prices only. What the deal costs the company stays with the calculation (docs/specification/quotes.md 1.5).
"""

from collections.abc import Sequence
from decimal import Decimal

from models.contracts.contract import DealType
from models.contracts.rate_rule import RateRule, Tier
from models.invoice.content.lines import Line, LineType
from models.quotes.calculator.calculation import ScenarioResult
from models.quotes.calculator.price import MonthPrice, offered, price_month, rule_of
from models.quotes.calculator.scenario import ExpectedHours, Prices, Scenario
from models.quotes.content.lines import ONE, CalculatedLine, QuoteLine
from models.quotes.numbers import exactly
from models.values.base_models import Frozen
from models.values.money import Currency, shown

_TIERS = {
    "en": {
        Tier.STANDARD: "Hours, standard",
        Tier.OFF_HOURS: "Hours, outside business hours",
        Tier.CRITICAL: "Hours, incidents P1-P3",
        Tier.CRITICAL_OFF_HOURS: "Hours, incidents P1-P3 outside business hours",
        Tier.OVERTIME: "Hours above the monthly limit",
    },
    "ru": {
        Tier.STANDARD: "Часы, стандартные",
        Tier.OFF_HOURS: "Часы вне рабочего времени",
        Tier.CRITICAL: "Часы, инциденты P1-P3",
        Tier.CRITICAL_OFF_HOURS: "Часы, инциденты P1-P3 вне рабочего времени",
        Tier.OVERTIME: "Часы сверх месячного лимита",
    },
}
_BASES = {
    "en": {"SUP.base": "Monthly support", "FP.base": "Fixed price of a month"},
    "ru": {"SUP.base": "Ежемесячная поддержка", "FP.base": "Фиксированная стоимость месяца"},
}
_LIMIT = {"en": "Includes {} hours a month", "ru": "Включает {} часов в месяц"}
_UNITS = {"en": ("h", "month", "pcs"), "ru": ("ч", "мес.", "шт.")}


class CalculationOutdated(Exception):
    """The scenario gives other prices now than when it was saved."""


class QuotedDeal(Frozen):
    """The prices after the discount, and the hours of a month that were expected."""

    calculation_id: str
    scenario: str
    deal_type: DealType
    currency: Currency
    term_months: int
    prices: Prices
    hours: ExpectedHours = ExpectedHours()

    @property
    def base_amount(self) -> Decimal | None:
        """The base of a month; None for a deal by the hour, which has none."""
        return None if self.deal_type is DealType.HR else self.prices.base_amount

    @property
    def rate_rule(self) -> RateRule:
        """The rate rule that the contract gets."""
        return rule_of(self.prices)


def deal_of(calculation_id: str, scenario: Scenario) -> QuotedDeal:
    """Return the deal of a scenario."""
    return QuotedDeal(
        calculation_id=calculation_id,
        scenario=scenario.name,
        deal_type=scenario.deal_type,
        currency=scenario.currency,
        term_months=scenario.term_months,
        prices=offered(scenario.prices, scenario.discount, scenario.deal_type, scenario.currency),
        hours=scenario.hours,
    )


def calculated_lines(
    calculation_id: str, scenario: Scenario, result: ScenarioResult, language: str
) -> tuple[QuoteLine, ...]:
    """Return the charged lines of a month, and the costs that are passed on, as the calculation was saved.

    Raises CalculationOutdated if the rules of prices have changed since.
    """
    with exactly():
        seconds = scenario.hours.seconds()
        prices = offered(scenario.prices, scenario.discount, scenario.deal_type, scenario.currency)
        month = price_month(scenario, prices, seconds)
        listed = price_month(scenario, scenario.prices, seconds)
    if (month.totals.net_amount, month.totals.tax_amount) != (result.price.month_net, result.price.month_tax):
        raise CalculationOutdated(
            f"The prices of scenario {scenario.name!r} are computed otherwise now than when it was saved; calculate "
            "and save it again."
        )
    lines = _month_lines(calculation_id, scenario, month, listed, language)
    charged = [each for each in result.price.lines if each.rule == "price.passed_on"]
    passed_on = [
        QuoteLine(
            id="",
            description=each.item,
            quantity=ONE,
            unit=_UNITS[language][2],
            unit_price=each.amount,
            times=each.times,
            list_amount=each.amount,
            amount=each.amount,
            source=CalculatedLine(calculation_id=calculation_id, scenario=scenario.name, rule=each.rule),
        )
        for each in charged
    ]
    return (*lines, *passed_on)


def _month_lines(
    calculation_id: str, scenario: Scenario, month: MonthPrice, listed: MonthPrice, language: str
) -> list[QuoteLine]:
    billed: Sequence[tuple[Line, Line]] = [
        (line, before) for line, before in zip(month.lines, listed.lines, strict=True) if line.billed
    ]
    hour, of_month, _ = _UNITS[language]
    limit = month_limit(scenario, language)
    return [
        QuoteLine(
            id="",
            description=_description(line, language),
            details=limit if line.line_type is LineType.SUPPORT else "",
            quantity=line.quantity,
            unit=of_month if line.rule in _BASES[language] else hour,
            unit_price=line.unit_price,
            multiplier=line.rate_multiplier,
            times=scenario.term_months,
            list_amount=before.line_total,
            amount=line.line_total,
            source=CalculatedLine(
                calculation_id=calculation_id,
                scenario=scenario.name,
                rule=line.rule,
                tier=line.work.rate_tier if line.work.worklogs or line.line_type is LineType.OVERTIME else None,
            ),
        )
        for line, before in billed
    ]


def month_limit(scenario: Scenario, language: str) -> str:
    """Return the hours that the base of a support contract includes, in words; empty if it includes none."""
    limit = scenario.prices.monthly_limit_hours
    return _LIMIT[language].format(shown(limit)) if scenario.deal_type is DealType.SUP and limit else ""


def _description(line: Line, language: str) -> str:
    if line.rule in _BASES[language]:
        return _BASES[language][line.rule]
    tier = Tier.OVERTIME if line.line_type is LineType.OVERTIME else line.work.rate_tier
    return _TIERS[language][tier]
