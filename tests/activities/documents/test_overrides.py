"""HTML written by a person: what it may not hold is named before it is saved, and gone when it is printed or shown."""

import io
import re
from datetime import date

import pytest
from pdfminer.high_level import extract_text

from activities.documents.embedded_renderer import EmbeddedRenderer
from activities.documents.override_check import check_page, objections
from activities.documents.pages import framed, preview, preview_html
from activities.documents.renderer import fonts
from activities.documents.rendering import Documents
from models.documents.html_override import FONTS
from models.documents.ports import PreviewInput
from tests.fixtures.documents import rendering, seed_support

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
LOGO = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="

# What is written, a word of the objection to it, and what must not be left of it.
REFUSED = [
    ("<title><p title=\"</title><img src=x onerror='steal()'>\">", "onerror", "steal"),
    ("<!--><img src=x onerror='steal()'>-->", "onerror", "steal"),
    ("<img src='stamp.png'>", "stamp.png", "stamp"),
    ("<img src='SourceSansPro-It.ttf'>", "SourceSansPro-It.ttf", "SourceSans"),
    ("<style>p{background:url(stamp.png)}</style>", "stamp.png", "stamp"),
    ("<style>p{background:url(stamp.png</style>", "stamp.png", "stamp"),
    ("<style>p{background:src('stamp.png')}</style>", "src()", "stamp"),
    ("<p style=\"background:-webkit-image-set('stamp.png' 1x)\">x</p>", "image-set", "stamp"),
    ("<template><img src=x></template>", "<template>", "src=x"),
    ("<math><mi style='a:b'>x</mi></math>", "<math>", "a:b"),
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
    "<svg><style>rect { fill: #123 }</style><rect/></svg>",
    "<p>not closed<ul><li>one<li>two</ul><table><tr><td>a<td>b</table>",
    "a < b & c",
]


@pytest.mark.parametrize(("written", "word", "gone"), REFUSED)
def test_what_reaches_out_or_runs_is_named_and_removed(written: str, word: str, gone: str) -> None:
    html = f"<p>before</p>{written}<p>after</p>"
    found = objections(html)
    assert any(word in each for each in found), found
    page = framed(check_page(html), language="en", title="t", number="ACT-1")
    assert page.removed == found
    assert gone not in page.html
    assert "before" in page.html
    assert "after" in page.html


@pytest.mark.parametrize("written", HARMLESS)
def test_what_stays_in_the_page_is_kept(written: str) -> None:
    assert objections(written) == ()


def test_pictures_drawings_and_styles_survive() -> None:
    page = framed(check_page("".join(HARMLESS)), language="ru", title="t", number="ACT-7").html
    for kept in (PIXEL, "url(SourceSansPro-It.ttf)", 'viewBox="0 0 4 4"', "linearGradient", 'colspan="2"', "№ ACT-7"):
        assert kept in page


def test_a_number_and_a_title_are_text() -> None:
    page = framed(check_page("<p>{{number}}</p>"), language="ru", title="</title><script>", number="<b>7</b>").html
    assert "<script>" not in page
    assert "&lt;b&gt;7&lt;/b&gt;" in page


def test_many_objections_do_not_flood_the_answer() -> None:
    assert len(objections("".join(f"<x{n}></x{n}>" for n in range(500)))) == 20


@pytest.mark.parametrize("currency", ["UZS", "USD"])
def test_the_templates_own_page_may_be_written_on(currency: str) -> None:
    own = seed_support(currency=currency)
    issuer = own.issuer.model_copy(update={"logo": LOGO})
    html = preview_html(own.model_copy(update={"issuer": issuer}))
    assert LOGO in html
    assert objections(html) == ()


def test_the_fonts_that_may_be_named_are_those_that_come_along() -> None:
    assert set(fonts()) == FONTS


async def test_a_written_over_template_prints_with_its_number(renderer: EmbeddedRenderer) -> None:
    """The way of the desk: take the page, change a word, save it; the number comes in when there is one."""
    documents = Documents(renderer, None)  # type: ignore[arg-type]  # nothing is stored here
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
    assert "Акт № ACT-2026-0014" in text  # the foot of the page, which the style sheet writes
    assert "{{" not in text


def test_a_preview_says_what_was_removed() -> None:
    content = seed_support().model_copy(update={"html_override": "<p onclick='x()'>Hello</p>"})
    page = preview(PreviewInput(content=content, due=date(2026, 4, 16)))
    assert "<p>Hello</p>" in page.html
    assert page.removed == ("onclick on <p>: event handlers are not allowed",)


async def test_a_logo_is_printed(renderer: EmbeddedRenderer) -> None:
    """Pictures of the page itself need no asset; the drawn mark gives way to it."""
    own = seed_support()
    with_logo = own.model_copy(update={"issuer": own.issuer.model_copy(update={"logo": PIXEL})})
    assert '<svg class="mark"' in preview_html(own)
    assert '<svg class="mark"' not in preview_html(with_logo)
    assert (await renderer.render(preview_html(with_logo), fonts())).startswith(b"%PDF")
