"""The page of a quote: what it prints of a discount of the whole quote (docs/specification/quotes.md 4.6)."""

import re
from decimal import Decimal

import pytest

from activities.quotes.pages import quote_html
from models.quotes.content.discount import QuoteDiscount
from tests.fixtures.quotes import content, typed
from tests.rules.quotes.test_quote_conversion import of_scenario, support

TEN = QuoteDiscount(percent=Decimal("10.00"), label="Spring")


def sums(html: str) -> list[str]:
    """Return the rows of totals, as a reader sees them."""
    rows = re.findall(r'<div class="sum[^"]*">(.+?)</div>', html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).replace("\xa0", " ").split()) for each in rows]


def test_a_quote_without_a_discount_prints_its_total_only() -> None:
    assert sums(quote_html(content(), "Q-1", 1)) == ["Total USD 1,000.00"]


@pytest.mark.parametrize(("language", "printed"), [
    ("en", ["Sum of the lines USD 1,000.00", "Discount 10%: Spring USD -100.00", "Total USD 900.00"]),
    ("ru", ["Сумма строк 1 000,00 долл. США", "Скидка 10 %: Spring -100,00 долл. США", "Всего 900,00 долл. США"]),
])  # fmt: skip
def test_the_discount_stands_between_the_lines_and_the_total(language: str, printed: list[str]) -> None:
    assert sums(quote_html(content(discount=TEN, language=language), "Q-1", 1)) == printed


def test_beside_prices_of_a_contract_the_sum_that_carries_it_is_named() -> None:
    """27,600.00 in prices and 500.00: 10 % of 500.00 are 50.00."""
    offer = of_scenario(support(), typed("Onboarding", "500.00")).model_copy(update={"discount": TEN})
    assert sums(quote_html(offer, "Q-1", 1)) == [
        "Sum of the lines USD 28,100.00",
        "Discount 10% of USD 500.00: Spring USD -50.00",
        "Total USD 28,050.00",
    ]
