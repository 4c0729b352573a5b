"""The printed pages: their words, their page breaks and their margins."""

import io
from collections import Counter

import pytest
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTChar, LTPage, LTTextContainer, LTTextLine

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.pages import document_html, preview_html
from activities.documents.renderer import fonts
from activities.documents.rendering import Documents
from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.values.document_options import Toggles
from tests.activities.documents.printed import words
from tests.fixtures.documents import SUMMARIES, content, rendering, seed_support, worklogs


async def printed(renderer: EmbeddedRenderer, of: Content) -> bytes:
    return await renderer.render(document_html(rendering(of)), fonts())


def lines_of(page: LTPage) -> list[str]:
    """A page's text lines from top to bottom."""
    found = [
        (line.y0, line.get_text().strip())
        for box in page
        if isinstance(box, LTTextContainer)
        for line in box
        if isinstance(line, LTTextLine)
    ]
    return [text for _, text in sorted(found, key=lambda line: -line[0])]


async def test_the_act_in_full(renderer: EmbeddedRenderer) -> None:
    """15,000,000.00 for up to 40 h; 2.00 + 10 x 4.00 + 3.50 = 45.50 h were worked, so 5.50 h more at 150,000.00."""
    text = words(await printed(renderer, seed_support()))
    for n in range(12):
        assert f"PROJ-{456 + n}: {SUMMARIES[n]}" in text
    shown = Counter(text.split())
    assert (shown["2,00"], shown["4,00"], shown["3,50"]) == (1, 10, 1)
    # The twelve tasks are distributed over the five days.
    assert [shown[f"0{day}.02.2026"] for day in (2, 3, 4, 5, 6)] == [3, 3, 2, 2, 2]
    assert text.count("15 000 000,00") == 2  # price and amount of one month
    assert text.count("15 825 000,00") == 2  # 15,000,000.00 + 825,000.00, in the table and in the sentence
    for expected in (
        "включено до 40 ч в месяц",
        "Часы сверх месячного лимита",
        "5,50 ч",
        " 150 000,00",
        " 825 000,00 ",  # 5.50 x 150,000.00
        "Всего часов",
        "45,50 ч",
        "Акт выполненных работ",
        "№ ACT-2026-0014 от 2 марта 2026 г.",
        "по договору № IT-2025/014 от 15 января 2025 г.",
        "Исполнитель — ООО «ProximaOps»",
        "Заказчик — ООО «Acme Corp»",
        "Ежемесячное сопровождение — февраль 2026 г.",
        "15 825 000,00 сум",
        "Пятнадцать миллионов восемьсот двадцать пять тысяч сумов 00 тийинов",
        "309630523",
        "123456789",
        "01088",
        "00974",
        "М.П.",
        "стр. 1 из 2",
    ):
        assert expected in text
    assert "НДС" not in text
    assert "Черновик" not in text


async def test_the_invoice_in_full(renderer: EmbeddedRenderer) -> None:
    """Twelve tasks of 1.50 h at USD 50.00: 75.00 each, 18.00 h and 900.00 in all."""
    invoice = content(DealType.HR, worklogs(12, 5400), currency="USD", legal_text="No VAT on exported services.")
    text = words(await printed(renderer, invoice))
    for n in range(12):
        assert f"PROJ-{10001 + n}: {SUMMARIES[n]}" in text
    shown = Counter(text.split())
    assert (shown["1.50"], shown["75.00"]) == (12, 12)
    for expected in (
        "INVOICE",
        "No. ACT-2026-0014",
        "2 March 2026",
        "16 April 2026",
        "ITSM tasks completed under contract No. IT-2025/014 of 15 January 2025 for the period 1–28 February 2026.",
        "Northwind Trading GmbH",
        "DEUTDEBBXXX",
        "KACHUZ22",
        "2020 8840 9051 2345 6002",
        "Please pay USD 900.00 by 16 April 2026, 45 days from the invoice date",
        "Nine hundred US dollars and 00 cents",
        "18.00 h",
        "No VAT on exported services.",
        "Page 1 of 1",
    ):
        assert expected in text


async def test_toggles_change_the_page(renderer: EmbeddedRenderer) -> None:
    hidden = Toggles(show_task_list=False, show_tracked_time=False, show_overtime=False)
    text = words(await printed(renderer, seed_support(toggles=hidden)))
    assert "PROJ-456" not in text
    assert "5,50" not in text
    assert "Сверхурочные" not in text
    assert "825 000,00" in text
    summed = words(await printed(renderer, seed_support(toggles=Toggles(show_task_list=False))))
    for caption in ("стандартные часы", "Сверхурочные часы", "критические инциденты"):
        assert caption in summed


@pytest.mark.parametrize(("currency", "mark"), [("UZS", "Черновик"), ("USD", "Draft")])
async def test_a_draft_is_marked(renderer: EmbeddedRenderer, currency: str, mark: str) -> None:
    html = preview_html(seed_support(currency=currency))
    assert mark in html
    text = words(await renderer.render(html, fonts()))
    assert mark.upper() in text.upper()
    assert "ACT-2026" not in text


async def test_the_total_is_on_a_page_with_rows(renderer: EmbeddedRenderer) -> None:
    """48 lines and their total fit on two pages; 49 lines need a third. Each page has the head of the table."""
    totals = []
    for count in (48, 49):
        invoice = content(DealType.HR, worklogs(count, 3600), currency="USD")
        pages = [lines_of(page) for page in extract_pages(io.BytesIO(await printed(renderer, invoice)))]
        with_rows = [page for page in pages if any(line.startswith("PROJ-") for line in page)]
        assert all("Description" in page for page in with_rows)
        (last,) = (page for page in pages if "Total due" in page)
        shown = [line for line in last if line.startswith("PROJ-")]
        assert len(shown) >= 2
        assert last.index("Description") < last.index(shown[0]) < last.index("Total due")
        assert sum(line.startswith("PROJ-") for page in pages for line in page) == count
        totals.append(pages.index(last) + 1)
    assert totals == [2, 3], "the limit of two pages has moved: use the two line counts around it"


async def test_no_text_exceeds_the_page(renderer: EmbeddedRenderer) -> None:
    invoice = seed_support(toggles=Toggles(show_task_pricing=True))
    long = invoice.lines[0].model_copy(update={"description": "Резервное копирование " * 60 + "x" * 300})
    edited = invoice.model_copy(update={"lines": (long, *invoice.lines[1:])})
    for page in extract_pages(io.BytesIO(await printed(renderer, edited))):
        for box in page:
            for line in box if isinstance(box, LTTextContainer) else ():
                for char in line if isinstance(line, LTTextLine) else ():
                    if isinstance(char, LTChar):
                        assert char.x0 > 0
                        assert char.x1 < page.width


async def test_names_are_escaped(renderer: EmbeddedRenderer) -> None:
    edited = seed_support(application_name="x")
    customer = edited.customer.model_copy(update={"name": '<script>alert("1")</script>'})
    html = document_html(rendering(edited.model_copy(update={"customer": customer}), '"}</style><b>N</b>'))
    assert "<script>" not in html
    assert "</style><b>" not in html


async def test_an_override_replaces_the_template(documents: Documents) -> None:
    own = seed_support().model_copy(update={"html_override": "<p>By agreement: 1,00</p>"})
    assert "<body><p>By agreement: 1,00</p></body>" in preview_html(own)
    finished = await documents.pdf(rendering(own))
    assert words(finished.content).strip() == "By agreement: 1,00"
