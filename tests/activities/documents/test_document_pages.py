"""Documents as printed: the words on the page, the page breaks, the same bytes each time, and what is refused."""

import contextlib
import hashlib
import io
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pikepdf
import psutil
import pytest
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LTChar, LTPage, LTTextContainer, LTTextLine
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.database.database_url import psycopg_url
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.pages import document_html, preview_html
from activities.documents.pdf_normaliser import normalise
from activities.documents.renderer import EngineUnavailable, PageRefused, fonts
from activities.documents.rendering import Documents
from activities.documents.store import StoredDocuments
from models.contracts.contract import DealType
from models.documents.ports import RenderInput
from models.invoice.content.content import Content
from models.invoice.invoice import Document
from models.values.document_options import Toggles
from models.values.failure_codes import Failure
from tests.fixtures.documents import INVOICE_DATE, SUMMARIES, content, rendering, seed_support, worklogs

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[StoredDocuments]:
    engine = create_async_engine(psycopg_url(database_url))
    yield StoredDocuments(engine)
    await engine.dispose()


@pytest.fixture
def documents(renderer: EmbeddedRenderer, store: StoredDocuments) -> Documents:
    return Documents(renderer, store)


async def printed(renderer: EmbeddedRenderer, of: Content) -> bytes:
    return await renderer.render(document_html(rendering(of)), fonts())


def words(pdf: bytes) -> str:
    """All text with single spaces. `pdfminer` ends a page with a form feed."""
    return re.sub(r"\s+", " ", extract_text(io.BytesIO(pdf)))


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
    # The twelve tasks take turns on the five days.
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


async def test_toggles_reach_the_page(renderer: EmbeddedRenderer) -> None:
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
async def test_a_draft_says_so(renderer: EmbeddedRenderer, currency: str, mark: str) -> None:
    html = preview_html(seed_support(currency=currency))
    assert mark in html
    text = words(await renderer.render(html, fonts()))
    assert mark.upper() in text.upper()
    assert "ACT-2026" not in text


async def test_the_total_takes_rows_with_it_over_a_page_break(renderer: EmbeddedRenderer) -> None:
    """The rows and the total of 48 lines fill the second page; those of 49 need a third. The head is on each."""
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
    assert totals == [2, 3], "the border between two and three pages is elsewhere: take the line counts on both sides"


async def test_nothing_runs_over_the_edge(renderer: EmbeddedRenderer) -> None:
    invoice = seed_support(toggles=Toggles(show_task_pricing=True))
    long = invoice.lines[0].model_copy(update={"description": "Резервное копирование " * 60 + "x" * 300})
    odd = invoice.model_copy(update={"lines": (long, *invoice.lines[1:])})
    for page in extract_pages(io.BytesIO(await printed(renderer, odd))):
        for box in page:
            for line in box if isinstance(box, LTTextContainer) else ():
                for char in line if isinstance(line, LTTextLine) else ():
                    if isinstance(char, LTChar):
                        assert char.x0 > 0
                        assert char.x1 < page.width


async def test_names_cannot_leave_their_place(renderer: EmbeddedRenderer) -> None:
    odd = seed_support(application_name="x")
    customer = odd.customer.model_copy(update={"name": '<script>alert("1")</script>'})
    html = document_html(rendering(odd.model_copy(update={"customer": customer}), '"}</style><b>N</b>'))
    assert "<script>" not in html
    assert "</style><b>" not in html


SAME_BYTES = """
import asyncio, hashlib, json, sys
from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.rendering import Documents
from models.documents.ports import RenderInput

async def main():
    given = [RenderInput.model_validate(each) for each in json.load(sys.stdin)]
    renderer = EmbeddedRenderer(processes=2)
    documents = Documents(renderer, None)
    for each in given:
        made = await asyncio.gather(*(documents.pdf(each) for _ in range(10)))
        print(*{hashlib.sha256(pdf.content).hexdigest() for pdf in made})
    renderer.close()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_same_rendering_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    program = tmp_path / "same_bytes.py"
    program.write_text(SAME_BYTES)
    given = [rendering(seed_support(currency=currency)).model_dump(mode="json") for currency in ("UZS", "USD")]
    found = [
        subprocess.run(
            [sys.executable, program],
            input=json.dumps(given),
            capture_output=True,
            check=True,
            text=True,
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout.split()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tashkent"))
    ]
    assert len(found[0]) == 2  # one digest for each document
    assert found[0] == found[1]


async def test_metadata_is_the_documents_own(documents: Documents) -> None:
    finished = await documents.pdf(rendering(seed_support()))
    with pikepdf.open(io.BytesIO(finished.content)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Акт выполненных работ № ACT-2026-0014"
        assert str(pdf.docinfo["/Author"]) == "ООО «ProximaOps»"
        assert str(pdf.docinfo["/CreationDate"]) == str(pdf.docinfo["/ModDate"]) == "D:20260302000000Z"
        assert "/Metadata" not in pdf.Root
        assert str(pdf.Root.Lang) == "ru"
        assert len(pdf.pages) == finished.pages
        embedded = {str(font) for page in pdf.pages for font in fonts_of(page)}
    assert embedded
    assert all("SourceSansPro" in font for font in embedded)


def fonts_of(page: pikepdf.Page) -> list[object]:
    return [font.BaseFont for font in page.resources.Font.values()]


async def test_render_keeps_the_document(documents: Documents, store: StoredDocuments) -> None:
    given = rendering(seed_support()).model_copy(update={"invoice_id": "kept", "digest": "a" * 64})
    first: Document = await ActivityEnvironment().run(documents.render, given)
    second: Document = await ActivityEnvironment().run(documents.render, given)
    assert first == second
    kept = await store.pdf(first.sha256)
    assert hashlib.sha256(kept).hexdigest() == first.sha256
    assert (first.size, first.pages) == (len(kept), 2)


async def test_an_override_replaces_the_template(documents: Documents) -> None:
    own = seed_support().model_copy(update={"html_override": "<p>By agreement: 1,00</p>"})
    assert "<body><p>By agreement: 1,00</p></body>" in preview_html(own)
    finished = await documents.pdf(rendering(own))
    assert words(finished.content).strip() == "By agreement: 1,00"


@pytest.mark.parametrize(
    "page",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/secret.png">',
        '<link rel="stylesheet" href="../../settings.py">',
        "<style>@font-face{font-family:x;src:url(missing.otf)} p{font-family:x}</style><p>x</p>",
    ],
)
async def test_a_page_that_reaches_outside_is_refused(renderer: EmbeddedRenderer, page: str) -> None:
    """The renderer's own rule, whatever the page went through before."""
    with pytest.raises(PageRefused):
        await renderer.render(page, fonts())


async def test_an_override_that_asks_for_a_missing_file_is_refused_for_good(documents: Documents) -> None:
    own: RenderInput = rendering(seed_support().model_copy(update={"html_override": '<img src="stamp.png">'}))
    with pytest.raises(ApplicationError, match=r"stamp\.png") as refused:
        await ActivityEnvironment().run(documents.render, own)
    assert refused.value.type == Failure.RENDERING_REFUSED
    assert refused.value.non_retryable


KILLED = """
import asyncio, multiprocessing, os, signal
from activities.documents.embedded_renderer import EmbeddedRenderer

async def main():
    await EmbeddedRenderer(processes=1).render("<p>x</p>", {})
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_killed_worker_leaves_no_printer_behind(tmp_path: Path) -> None:
    program = tmp_path / "killed.py"
    program.write_text(KILLED)
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == -9
    for pid in map(int, done.stdout.split()):
        if psutil.pid_exists(pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).wait(timeout=60)
    assert done.stdout.strip()


async def test_missing_assets_are_named(renderer: EmbeddedRenderer) -> None:
    with pytest.raises(PageRefused, match=r"logo\.png"):
        await renderer.render('<img src="logo.png">', {})


def test_what_is_no_pdf_may_be_one_later() -> None:
    with pytest.raises(EngineUnavailable, match="no PDF"):
        normalise(b"<html>502</html>", INVOICE_DATE, title="t", author="a", language="en")
