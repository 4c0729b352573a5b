"""The exchange rates of resold cloud cost (docs/specification/bills.md 11, docs/specification/quotes.md 1.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.billing.explanation import explain
from models.invoice.errors import DraftRefused
from models.settings.exchange_rate import ExchangeRate
from tests.fixtures.resold_costs import cost, costs, drafted, exchange, resold, source


def test_a_cost_in_the_currency_of_the_contract_needs_no_rate() -> None:
    [line] = resold(drafted(costs(cost("99.995", currency="UZS"), rates=())))
    assert (line.line_total, source(line).exchange_rate, source(line).rate_ids) == (Decimal("100.00"), Decimal(1), ())


def test_without_a_rate_the_draft_is_refused_with_the_day() -> None:
    with pytest.raises(DraftRefused) as refused:
        drafted(costs(cost("1"), rates=()))
    for part in ("DigitalOcean bill 501", "between USD and UZS", "2026-02-28", "exchange-rates"):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("rates", "amount", "factors", "keys"),
    [
        # 40.375 / 0.000081 = 498,456.7901...; x 1.125 = 560,763.8888...
        ((exchange("UZS", "USD", "0.000081"),), "560763.89", ("1", "0.000081"), ("UZS.USD.2026-02-28",)),
        # 40.375 x 100 / 0.79 = 5,110.7594...; x 1.125 = 5,749.6043...
        ((exchange("UZS", "USD", "0.79", units=100),), "5749.60", ("100", "0.79"), ("UZS.USD.2026-02-28",)),
        # 40.375 / 1.25 x 15,000 = 484,500; x 1.125 = 545,062.50
        (
            (exchange("EUR", "USD", "1.25", "2026-02-27"), exchange("EUR", "UZS", "15000")),
            "545062.50",
            ("15000", "1.25"),
            ("EUR.USD.2026-02-27", "EUR.UZS.2026-02-28"),
        ),
        # The newer direction counts: 40.375 / 0.0001 = 403,750; x 1.125 = 454,218.75
        (
            (exchange("USD", "UZS", "12000", "2026-02-27"), exchange("UZS", "USD", "0.0001")),
            "454218.75",
            ("1", "0.0001"),
            ("UZS.USD.2026-02-28",),
        ),
    ],
)
def test_a_rate_serves_both_directions_and_ways_through_a_third_currency(
    rates: tuple[ExchangeRate, ...], amount: str, factors: tuple[str, str], keys: tuple[str, ...]
) -> None:
    content = drafted(costs(cost("40.375"), margin="12.5", rates=rates))
    [line] = resold(content)
    frozen = source(line)
    assert line.line_total == Decimal(amount)
    assert (frozen.exchange_rate, frozen.exchange_divisor) == tuple(map(Decimal, factors))
    assert frozen.rate_ids == keys
    assert explain(content).agrees
    [explained] = [each for each in explain(content).lines if each.rule == "CLOUD.resale"]
    assert explained.inputs["exchange rate"].endswith(f"({', '.join(keys)})")


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        ({"day": "2026-02-21"}, False),
        ({"day": "2026-02-20"}, True),
        ({"day": "2026-02-01", "valid_to": date(2026, 2, 28)}, False),
    ],
)
def test_an_old_rate_without_a_last_day_is_named(fields: dict[str, Any], warned: bool) -> None:
    content = drafted(costs(cost("1"), cost("2", "Backups"), rates=(exchange("USD", "UZS", "12650.55", **fields),)))
    named = [each for each in content.warnings if "exchange rate" in each]
    assert len(named) == warned
    assert all("1 USD = 12650.55 UZS (Bank, 2026-02-20) is 8 days old" in each for each in named)


def test_a_rate_that_has_ended_or_not_begun_is_not_used() -> None:
    for fields in ({"day": "2026-02-01", "valid_to": date(2026, 2, 27)}, {"day": "2026-03-01"}, {"active": False}):
        with pytest.raises(DraftRefused):
            drafted(costs(cost("1"), rates=(exchange("USD", "UZS", "12650.55", **fields),)))
