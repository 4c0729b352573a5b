"""The signature blocks of an act: each side has half of the page and a line that is long enough to sign on."""

import io

import pytest
from pdfminer.high_level import extract_pages
from pdfminer.layout import LTCurve, LTPage, LTTextContainer, LTTextLine

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.pages import document_html
from activities.documents.renderer import fonts
from tests.fixtures.documents import rendering, seed_support

MILLIMETRE = 72 / 25.4
# A4 with margins of 20 mm and 18 mm has 172 mm; the second half begins after 86 mm, and 9 mm further its text.
LEFT, RIGHT = 20, 115
SHORTEST = 32

SIGNERS = {
    "short": "Рахимов Т. А.",
    "28 letters": "Абдурахмонов Шухрат Юсуфович",
    "44 letters": "Абдурахмонов Шухратжон Мухаммадюсуфович угли",
    "110 letters": "Абдурахмонов Шухратжон Мухаммадюсуфович угли" + ", генеральный директор" * 3,
    "one word": "Ш" * 110,
}


def starts_of(page: LTPage, text: str) -> list[float]:
    lines = (line for box in page if isinstance(box, LTTextContainer) for line in box if isinstance(line, LTTextLine))
    return sorted(line.x0 / MILLIMETRE for line in lines if line.get_text().strip().startswith(text))


def signature_lines(page: LTPage) -> list[LTCurve]:
    """Return the signature lines from left to right: the last horizontal lines of the page."""
    lines = [each for each in page if isinstance(each, LTCurve) and each.height < 1.5 and each.width > 10]
    lowest = min(line.y0 for line in lines)
    return sorted((line for line in lines if line.y0 < lowest + MILLIMETRE), key=lambda line: line.x0)


@pytest.mark.parametrize("seller", SIGNERS)
@pytest.mark.parametrize("buyer", SIGNERS)
async def test_each_side_has_room_to_sign(renderer: EmbeddedRenderer, seller: str, buyer: str) -> None:
    act = seed_support()
    issuer = act.issuer.model_copy(update={"party": act.issuer.party.model_copy(update={"signer": SIGNERS[seller]})})
    customer = act.customer.model_copy(update={"signer": SIGNERS[buyer]})
    html = document_html(rendering(act.model_copy(update={"issuer": issuer, "customer": customer})))
    *_, last = extract_pages(io.BytesIO(await renderer.render(html, fonts())))
    for text in ("подпись", "М.П."):
        left, right = starts_of(last, text)
        assert right - left == pytest.approx(RIGHT - LEFT, abs=1)
    assert starts_of(last, "подпись") == pytest.approx([LEFT, RIGHT], abs=1)
    lines = signature_lines(last)
    assert [line.x0 / MILLIMETRE for line in lines] == pytest.approx([LEFT, RIGHT], abs=1)
    assert all(line.width / MILLIMETRE >= SHORTEST for line in lines)
    for box in last:
        if isinstance(box, LTTextContainer):
            assert box.x1 / MILLIMETRE <= 210 - 18 + 0.5
