"""Documents of the real Gotenberg: the same text as with the embedded renderer, and always the same bytes."""

import asyncio
import hashlib
import io
import re
from collections import Counter

import pikepdf
import pytest
from pdfminer.high_level import extract_text

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.gotenberg_renderer import GotenbergRenderer
from activities.documents.pages import document_html
from activities.documents.pdf_normaliser import normalise
from activities.documents.renderer import fonts
from models.contracts.contract import DealType
from models.invoice.content.content import Content
from tests.fixtures import documents as sample

pytestmark = [pytest.mark.engines, pytest.mark.timeout(600)]

CURRENCIES = {"act": "UZS", "invoice": "USD"}


def billed(document: str, lines: int) -> Content:
    """Return content whose lines all have different amounts."""
    logs = tuple(sample.worklog(n, 3600 + 36 * n, issue=f"PROJ-{10001 + n}") for n in range(lines))
    return sample.content(DealType.HR, logs, currency=CURRENCIES[document])


def page_of(document: str, lines: int) -> str:
    return document_html(sample.rendering(billed(document, lines)))


def pages(pdf: bytes) -> int:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def words(pdf: bytes) -> Counter[str]:
    return Counter(extract_text(io.BytesIO(pdf)).split())


def words_of_every_page(html: str) -> set[str]:
    """Return the words of table heads and page feet, whose number depends on the page breaks."""
    heads = re.findall(r"<th\b[^>]*>(.*?)</th>", html, re.DOTALL)
    feet = re.findall(r"content: (.*?);", html)
    return set(" ".join(heads + [foot.replace('"', " ") for foot in feet]).split())


@pytest.mark.parametrize("document", CURRENCIES)
async def test_a_document_of_one_page_is_the_same_on_both(
    document: str, real: GotenbergRenderer, embedded: EmbeddedRenderer
) -> None:
    html = page_of(document, 1)
    ours, theirs = await embedded.render(html, fonts()), await real.render(html, fonts())
    assert pages(ours) == pages(theirs) == 1
    assert words(ours) == words(theirs)
    assert words(theirs)["PROJ-10001:"] == 1


@pytest.mark.parametrize("document", CURRENCIES)
async def test_a_document_of_300_lines_has_the_same_text_on_both(
    document: str, real: GotenbergRenderer, embedded: EmbeddedRenderer
) -> None:
    html = page_of(document, 300)
    ours, theirs = await embedded.render(html, fonts()), await real.render(html, fonts())
    embedded_words, real_words = words(ours), words(theirs)
    most = max(pages(ours), pages(theirs))
    repeated = words_of_every_page(html) | {str(number) for number in range(1, most + 1)}
    assert {word for word in embedded_words | real_words if embedded_words[word] != real_words[word]} <= repeated
    assert all(real_words[f"PROJ-{10001 + n}:"] == 1 for n in range(300))


@pytest.mark.parametrize(("document", "foot"), [("act", "стр. {} из {}"), ("invoice", "Page {} of {}")])
async def test_every_page_is_numbered_on_both(
    document: str, foot: str, real: GotenbergRenderer, embedded: EmbeddedRenderer
) -> None:
    html = page_of(document, 60)
    for renderer in (embedded, real):
        pdf = await renderer.render(html, fonts())
        count = pages(pdf)
        assert count > 1
        for number in range(1, count + 1):
            text = extract_text(io.BytesIO(pdf), page_numbers=[number - 1])
            assert foot.format(number, count) in " ".join(text.split())


async def test_a_page_without_a_size_of_its_own_has_the_same_page_breaks(
    real: GotenbergRenderer, embedded: EmbeddedRenderer
) -> None:
    """A4 less an inch on every side leaves 9.69 inches, so 29 boxes of one inch need four pages (9 + 9 + 9 + 2)."""
    box = '<div style="height: 1in; break-inside: avoid">{}</div>'
    html = f"<html><head><title>Boxes</title></head><body>{''.join(box.format(n) for n in range(29))}</body></html>"
    html = html.replace("<body>", '<body style="margin: 0">')
    for renderer in (embedded, real):
        pdf = await renderer.render(html, {})
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert [round(float(side)) for side in opened.pages[0].mediabox] == pytest.approx([0, 0, 595, 842], abs=1)
            assert len(opened.pages) == 4


async def test_twenty_renders_are_one_file(real: GotenbergRenderer) -> None:
    html = page_of("act", 40)
    digests = set()
    for _ in range(20):
        digests.add(digest(await real.render(html, fonts())))
    assert len(digests) == 1


async def test_fifty_at_once(real: GotenbergRenderer) -> None:
    """The concurrency of one worker: all are printed, and each is the requested document."""
    kinds = [page_of("act", 40), page_of("invoice", 40)]
    printed = await asyncio.gather(*(real.render(kinds[n % 2], fonts()) for n in range(50)))
    acts, invoices = {digest(pdf) for pdf in printed[::2]}, {digest(pdf) for pdf in printed[1::2]}
    assert (len(acts), len(invoices)) == (1, 1)
    assert acts != invoices


def digest(pdf: bytes) -> str:
    finished = normalise(pdf, sample.INVOICE_DATE, title="Акт", author="ProximaOps", language="ru")
    return hashlib.sha256(finished.content).hexdigest()
