"""The page of a quote: what it prints of a discount (docs/specification/quotes.md 4.6), and of very long names."""

import io
import re
from decimal import Decimal

import pytest
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTTextContainer

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.renderer import fonts
from activities.quotes.pages import quote_html
from models.issuer.issuer import Party
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


async def test_a_name_without_a_blank_leaves_the_other_party_its_half(renderer: EmbeddedRenderer) -> None:
    offer = content(customer=Party(name="N" * 200, address="A" * 150, country="Germany"), title="T" * 150)
    pdf = await renderer.render(quote_html(offer, "Q-1", 1), fonts())
    [page] = extract_pages(io.BytesIO(pdf))
    printed = [each for each in page if isinstance(each, LTTextContainer)]
    [our_side] = [each for each in printed if each.get_text().startswith("From")]
    assert our_side.x0 == pytest.approx(page.width / 2, abs=10)
    left, right = 54, page.width - 48  # 19 mm and 17 mm, less a point
    assert all(left <= each.x0 and each.x1 <= right for each in printed)
