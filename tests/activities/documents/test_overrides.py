"""HTML overrides: forbidden content is named before the override is saved, and removed when it is printed or shown."""

import io
import re
from datetime import date

import pytest
from pdfminer.high_level import extract_text

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.override_sanitizer import safe_page
from activities.documents.pages import preview, preview_html
from activities.documents.renderer import fonts
from activities.documents.rendering import Documents
from models.documents.html_override import FONTS, disallowed_parts
from models.documents.ports import PreviewInput
from tests.fixtures.documents import rendering, seed_support

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
LOGO = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="

# The HTML, a word of the objection, and a text that must be removed.
REFUSED = [
    ("<script>steal()</script>", "<script>", "steal"),
    ("<p onclick='steal()'>x</p>", "onclick", "steal"),
    ("<svg onload='steal()'></svg>", "onload", "steal"),
    ("<svg><script>steal()</script></svg>", "<script>", "steal"),
    ("<iframe src='https://evil.example'></iframe>", "<iframe>", "evil"),
    ("<object data='https://evil.example'></object>", "<object>", "evil"),
    ("<link rel='stylesheet' href='https://evil.example/x.css'>", "<link>", "evil"),
    ("<base href='https://evil.example/'>", "<base>", "evil"),
    ("<meta http-equiv='refresh' content='0; url=https://evil.example'>", "http-equiv", "evil"),
    ("<form action='https://evil.example'><input name='x'></form>", "<form>", "evil"),
    ("<img src='https://evil.example/a.png'>", "evil.example", "evil"),
    ("<img src='//evil.example/a.png'>", "evil.example", "evil"),
    ("<img src='file:///etc/passwd'>", "/etc/passwd", "passwd"),
    ("<img src='../../settings.py'>", "settings.py", "settings"),
    ("<img src='x' srcset='https://evil.example/a.png 2x'>", "srcset", "evil"),
    ("<a href='https://evil.example'>x</a>", "evil.example", "evil"),
    ("<a href=' java\nscript:steal()'>x</a>", "script:steal", "steal"),
    ("<p style='background:url(https://evil.example/a.png)'>x</p>", "evil.example", "evil"),
    ("<p style='background:u\\72l(https://evil.example/a.png)'>x</p>", "evil.example", "evil"),
    ('<style>p{background:url( "https://evil.example/a.png" )}</style>', "evil.example", "evil"),
    ("<style>@import 'https://evil.example/x.css';</style>", "@import", "evil"),
    ("<style>@\\69mport 'https://evil.example/x.css';</style>", "@import", "evil"),
    ("<style>p{background:image-set('https://evil.example/a.png' 1x)}</style>", "image-set", "evil"),
    ("<style>p{content:'/*';background:url(https://evil.example);content:'*/'}</style>", "evil.example", "evil"),
    ("<svg><rect fill='url(https://evil.example/#g)'/></svg>", "evil.example", "evil"),
    ("<svg><image href='https://evil.example/a.png'/></svg>", "<image>", "evil"),
    ("<svg><foreignObject><iframe src='https://evil.example'></iframe></foreignObject></svg>", "<iframe>", "evil"),
]
HARMLESS = [
    "<h1>Акт № {{number}}</h1><p class='lead' style='color: #123'>По договору</p>",
    "<table><colgroup><col style='width: 40%'></colgroup><tr><td colspan='2'>1 000,00</td></tr></table>",
    f"<img src='{PIXEL}' alt='a pixel' width='1'>",
    "<style>@font-face { font-family: F; src: url(SourceSansPro-It.ttf) } p::before { content: '\\2014' }</style>",
    "<svg viewBox='0 0 4 4'><defs><linearGradient id='g'></linearGradient></defs><rect fill='url(#g)'/></svg>",
    "<a href='mailto:finance@example.com'>finance</a> <a href='#terms'>terms</a>",
    "a < b & c",
]


@pytest.mark.parametrize(("written", "word", "removed"), REFUSED)
def test_external_and_active_content_is_named_and_removed(written: str, word: str, removed: str) -> None:
    html = f"<p>before</p>{written}<p>after</p>"
    found = disallowed_parts(html)
    assert any(word in each for each in found), found
    page = safe_page(html, language="en", title="t", number="ACT-1")
    assert page.removed == found
    assert removed not in page.html
    assert "before" in page.html
    assert "after" in page.html


@pytest.mark.parametrize("written", HARMLESS)
def test_allowed_content_is_kept(written: str) -> None:
    assert disallowed_parts(written) == ()


def test_pictures_drawings_and_styles_are_kept() -> None:
    page = safe_page("".join(HARMLESS), language="ru", title="t", number="ACT-7").html
    for kept in (PIXEL, "url(SourceSansPro-It.ttf)", 'viewBox="0 0 4 4"', "linearGradient", 'colspan="2"', "№ ACT-7"):
        assert kept in page


def test_a_number_and_a_title_are_text() -> None:
    page = safe_page("<p>{{number}}</p>", language="ru", title="</title><script>", number="<b>7</b>").html
    assert "<script>" not in page
    assert "&lt;b&gt;7&lt;/b&gt;" in page


def test_the_number_of_objections_is_limited() -> None:
    assert len(disallowed_parts("".join(f"<x{n}>" for n in range(500)))) == 20


@pytest.mark.parametrize("currency", ["UZS", "USD"])
def test_the_page_of_a_template_is_a_valid_override(currency: str) -> None:
    own = seed_support(currency=currency)
    issuer = own.issuer.model_copy(update={"logo": LOGO})
    html = preview_html(own.model_copy(update={"issuer": issuer}))
    assert LOGO in html
    assert disallowed_parts(html) == ()


def test_the_allowed_fonts_are_the_fonts_of_the_renderer() -> None:
    assert set(fonts()) == FONTS


async def test_an_override_of_the_template_prints_with_its_number(renderer: EmbeddedRenderer) -> None:
    """The procedure of the desk: fetch the page, change a word and save it; the number is inserted later."""
    documents = Documents(renderer, None)  # type: ignore[arg-type]  # nothing is stored
    content = seed_support()
    source = preview(PreviewInput(content=content, as_override=True))
    assert "{{number}}" in source.html
    assert "Черновик" not in source.html
    override = source.html.replace("составили настоящий акт", "подписали настоящий акт")
    written = content.model_copy(update={"html_override": override})
    finished = await documents.pdf(rendering(written))
    text = re.sub(r"\s+", " ", extract_text(io.BytesIO(finished.content)))
    assert "подписали настоящий акт" in text
    assert "№ ACT-2026-0014 от 2 марта 2026 г." in text
    assert "Акт № ACT-2026-0014" in text  # the foot of the page, which the style sheet prints
    assert "{{" not in text


def test_a_preview_lists_what_was_removed() -> None:
    content = seed_support().model_copy(update={"html_override": "<p onclick='x()'>Hello</p>"})
    page = preview(PreviewInput(content=content, due=date(2026, 4, 16)))
    assert "<p>Hello</p>" in page.html
    assert page.removed == ("onclick on <p>: event handlers are not allowed",)


async def test_a_logo_is_printed(renderer: EmbeddedRenderer) -> None:
    """A picture in the page needs no asset; it replaces the drawn mark."""
    own = seed_support()
    with_logo = own.model_copy(update={"issuer": own.issuer.model_copy(update={"logo": PIXEL})})
    assert '<svg class="mark"' in preview_html(own)
    assert '<svg class="mark"' not in preview_html(with_logo)
    assert (await renderer.render(preview_html(with_logo), fonts())).startswith(b"%PDF")
