"""What the people of the demo company cost, its overhead, and exchange rates. The figures are invented."""

from decimal import Decimal
from typing import Any

from sqlmodel import SQLModel

from local.demo_data.customers import EMPLOYEES
from models.quotes.rates.cost_rate import CostRateInput
from models.quotes.rates.overhead_rule import OverheadRuleInput
from models.quotes.rates.tables import CostRateTable, OverheadRuleTable
from models.settings.exchange_rate import ExchangeRateInput
from models.settings.tables import ExchangeRateRow

FIRST = "2025-01-01"
# Gross pay of a month in UZS. With 12 % social tax and 75 % of 168 hours billable, 20,250,000 are 180,000 an hour.
GROSS = {
    "acc-01": "25312500",
    "acc-02": "20250000",
    "acc-03": "30375000",
    "acc-04": "15187500",
    "acc-05": "20250000",
    "acc-06": "17718750",
    "acc-07": "15187500",
    "acc-08": "27843750",
}
ROLES = {"senior": "30375000", "developer": "20250000", "support": "15187500"}
OVERHEADS: tuple[dict[str, Any], ...] = (
    {"code": "OFFICE", "kind": "spread", "amount": "36000000", "currency": "UZS", "billable_hours": "1200"},
    {"code": "MANAGEMENT", "kind": "percent", "percent": "10"},
)
EXCHANGE = {"USD": "12600", "EUR": "13700"}


def rows() -> list[SQLModel]:
    """Return the rows of the settings."""
    people = {code: ("employee", gross) for code, gross in GROSS.items()}
    roles = {code: ("role", gross) for code, gross in ROLES.items()}
    rates = [_cost_rate(kind, code, gross) for code, (kind, gross) in {**people, **roles}.items()]
    rules = [OverheadRuleInput.model_validate({"valid_from": FIRST} | each) for each in OVERHEADS]
    exchange = [
        ExchangeRateInput.model_validate(
            {
                "from_currency": code,
                "to_currency": "UZS",
                "rate": Decimal(rate),
                "valid_from": FIRST,
                "source": "an invented rate of the demo",
            }
        )
        for code, rate in EXCHANGE.items()
    ]
    return [
        *(CostRateTable(id=each.key, **_columns(each)) for each in rates),
        *(OverheadRuleTable(id=each.key, **_columns(each)) for each in rules),
        *(ExchangeRateRow(id=each.key, **_columns(each)) for each in exchange),
    ]


def _cost_rate(kind: str, code: str, gross: str) -> CostRateInput:
    return CostRateInput.model_validate(
        {
            "kind": kind,
            "code": code,
            "currency": "UZS",
            "gross": gross,
            "taxes_percent": "12",
            "hours_per_month": "168",
            "utilisation_percent": "75",
            "valid_from": FIRST,
            "description": EMPLOYEES.get(code, ""),
        }
    )


def _columns(setting: CostRateInput | OverheadRuleInput | ExchangeRateInput) -> dict[str, Any]:
    return {name: getattr(value, "value", value) for name, value in setting.model_dump().items()}
