"""The fields of a scenario as the page has them. Each stands in the address under the letter of its scenario."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from api.pages.languages import N_
from models.contracts.contract import DealType
from models.quotes.calculator.scenario import MOST_SCENARIOS

LETTERS = "abcde"[:MOST_SCENARIOS]


class Kind(StrEnum):
    """How what is typed is read."""

    TEXT = "text"
    AMOUNT = "amount"
    DECIMAL = "decimal"
    WHOLE = "whole"
    SELECT = "select"
    CHECK = "check"


@dataclass(frozen=True)
class CalculatorField:
    """One row of the form. `path` is where its value stands in the scenario of the API."""

    name: str
    label: str
    path: tuple[str, ...]
    kind: Kind = Kind.AMOUNT
    unit: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    of_costs: bool = False


@dataclass(frozen=True)
class FieldGroup:
    label: str
    fields: tuple[CalculatorField, ...]
    is_folded: bool = False


DEALS: Mapping[str, str] = MappingProxyType(
    {
        DealType.HR.value: N_("By the hour"),
        DealType.SUP.value: N_("Support with a limit"),
        DealType.FP.value: N_("Fixed price"),
    }
)
CURRENCIES = ("UZS", "USD", "EUR", "MYR")

GROUPS = (
    FieldGroup(
        N_("Deal"),
        (
            CalculatorField("name", N_("Name"), ("name",), Kind.TEXT),
            CalculatorField("deal_type", N_("Deal type"), ("deal_type",), Kind.SELECT, options=DEALS),
            CalculatorField(
                "currency", N_("Currency"), ("currency",), Kind.SELECT, options={each: each for each in CURRENCIES}
            ),
            CalculatorField("term_months", N_("Months"), ("term_months",), Kind.WHOLE),
        ),
    ),
    FieldGroup(
        N_("Prices"),
        (
            CalculatorField("base_amount", N_("Base of a month"), ("prices", "base_amount")),
            CalculatorField("hourly_rate", N_("Hourly rate"), ("prices", "hourly_rate")),
            CalculatorField("monthly_limit_hours", N_("Limit of a month, in hours"), ("prices", "monthly_limit_hours")),
            CalculatorField("discount_percent", N_("Discount in per cent"), ("discount", "percent"), Kind.DECIMAL),
            CalculatorField("discount_amount", N_("or an amount off"), ("discount", "amount")),
        ),
    ),
    FieldGroup(
        N_("Hours of a month"),
        (
            CalculatorField("standard", N_("Standard hours"), ("hours", "standard")),
            CalculatorField("off_hours", N_("Nights and weekends"), ("hours", "off_hours")),
            CalculatorField("p1_p3", N_("Incidents P1–P3"), ("hours", "p1_p3")),
            CalculatorField("p1_p3_off_hours", N_("Incidents at night"), ("hours", "p1_p3_off_hours")),
        ),
    ),
    FieldGroup(
        N_("Multipliers"),
        (
            CalculatorField("overtime_multiplier", N_("Overtime ×"), ("prices", "overtime_multiplier"), Kind.DECIMAL),
            CalculatorField(
                "off_hours_multiplier", N_("Nights and weekends ×"), ("prices", "off_hours_multiplier"), Kind.DECIMAL
            ),
            CalculatorField("p1_p3_multiplier", N_("Incidents ×"), ("prices", "p1_p3_multiplier"), Kind.DECIMAL),
            CalculatorField(
                "p1_p3_off_hours_multiplier",
                N_("Incidents at night ×"),
                ("prices", "p1_p3_off_hours_multiplier"),
                Kind.DECIMAL,
            ),
        ),
        is_folded=True,
    ),
    FieldGroup(
        N_("Terms"),
        (
            CalculatorField("tax_percent", N_("Tax in per cent"), ("tax_percent",), Kind.DECIMAL),
            CalculatorField("prices_include_tax", N_("Prices include it"), ("prices_include_tax",), Kind.CHECK),
            CalculatorField("payment_days", N_("Days to pay"), ("payment_days",), Kind.WHOLE),
            CalculatorField(
                "financing_percent",
                N_("Money costs, per cent a year"),
                ("financing_percent",),
                Kind.DECIMAL,
                of_costs=True,
            ),
            CalculatorField(
                "target_percent",
                N_("Target margin in per cent"),
                ("target", "margin_percent"),
                Kind.DECIMAL,
                of_costs=True,
            ),
            CalculatorField("target_step", N_("Round the price up to"), ("target", "step"), of_costs=True),
        ),
        is_folded=True,
    ),
)
FIELDS = tuple(each for group in GROUPS for each in group.fields)
MEMBER_FIELDS = ("who", "people", "hours")
COST_FIELDS = ("name", "amount", "monthly", "passed_on", "markup_percent")
DEFAULTS: Mapping[str, str] = MappingProxyType({"deal_type": DealType.HR.value, "currency": "UZS", "term_months": "1"})
