"""Random scenarios, and rates and rules that they use."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from models.quotes.calculator.cost_book import CostBook
from models.quotes.calculator.scenario import Scenario
from tests.fixtures.scenarios import PER_HEAD, PERCENT, RATES, SPREAD, SPREAD_UZS, book


def decimals(least: str, most: str, places: int = 2) -> st.SearchStrategy[str]:
    return st.decimals(Decimal(least), Decimal(most), places=places, allow_nan=False).map(str)


FACTORS = st.sampled_from(["1.0", "1.25", "1.5", "3"])
PRICES = st.fixed_dictionaries(
    {
        "base_amount": decimals("0", "20000"),
        "hourly_rate": decimals("0", "200"),
        "monthly_limit_hours": st.sampled_from(["0", "12.34", "40", "160"]),
        "overtime_multiplier": FACTORS,
        "p1_p3_multiplier": FACTORS,
        "off_hours_multiplier": FACTORS,
        "p1_p3_off_hours_multiplier": FACTORS,
        "bill_base_when_empty": st.booleans(),
    }
)
HOURS = st.fixed_dictionaries(
    {
        "standard": decimals("0", "300"),
        "off_hours": decimals("0", "40"),
        "p1_p3": decimals("0", "20"),
        "p1_p3_off_hours": st.sampled_from(["0", "0.01", "0.49", "7.77"]),
    }
)
DISCOUNTS = st.none() | st.fixed_dictionaries({"percent": st.sampled_from(["0", "5", "12.5", "33.33"])})
MEMBERS = st.fixed_dictionaries(
    {
        "role": st.sampled_from([each["code"] for each in RATES if each["kind"] == "role"]),
        "hours": decimals("0", "200"),
        "people": st.integers(1, 3),
    }
)
COSTS = st.fixed_dictionaries(
    {
        "name": st.just("other"),
        "amount": decimals("0", "2000"),
        "currency": st.sampled_from([None, "UZS", "EUR"]),
        "monthly": st.booleans(),
        "passed_on": st.booleans(),
    }
)
TERMS: dict[str, st.SearchStrategy[Any]] = {
    "name": st.just("Deal"),
    "deal_type": st.sampled_from(["SUP", "HR", "FP"]),
    "currency": st.sampled_from(["USD", "EUR"]),
    "term_months": st.integers(1, 24),
    "prices": PRICES,
    "discount": DISCOUNTS,
    "hours": HOURS,
    "payment_days": st.sampled_from([0, 30, 90]),
    "financing_percent": st.sampled_from(["0", "24"]),
    "tax_percent": st.sampled_from(["0", "12"]),
    "prices_include_tax": st.booleans(),
}


def scenarios(**changes: st.SearchStrategy[Any]) -> st.SearchStrategy[Scenario]:
    """Return a strategy of scenarios with people and other costs, unless something else is given."""
    people = {"team": st.lists(MEMBERS, max_size=3), "costs": st.lists(COSTS, max_size=2)}
    return st.fixed_dictionaries(TERMS | people | changes).map(Scenario.model_validate)


BOOKS: st.SearchStrategy[CostBook] = st.sampled_from(
    [book(), book(PERCENT), book(PER_HEAD, SPREAD_UZS), book(PERCENT, PER_HEAD, SPREAD)]
)
