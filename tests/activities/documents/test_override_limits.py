"""Overrides that are made to occupy a parser or a renderer: the check is fast, and refuses what exceeds a limit."""

import base64
import struct
import zlib
from collections.abc import AsyncIterator, Callable

import pytest

from activities.documents.override_check import objections
from activities.documents.override_reader import OverrideReader
from activities.runtime.limited_processes import Limits
from models.documents.html_override import MAX_BYTES, MAX_BYTES_WITH_PICTURES
from models.issuer.logo import check_logo

# A check in quadratic time would take minutes for a page of the largest size, also on a fast machine; one in linear
# time takes a second or two, also on a slow one. The limit is far from both.
FAR_FROM_BOTH = Limits(processor_seconds=60, seconds=600, memory_mebibytes=1000)
ENDED = "the page cannot be read: "

REPEATED = [
    *("<a ", "<a b=", "<a b='", "<!--", "<![CDATA[", "</", "&#x", "&amp", "<style>", "<style>/*", "<title>", "<p "),
    *("<div>", "<b>", "<p><b>", "<a><div>", "<ul><li>", "<table><tr><td>", "<table>x", "<nobr><div>", "<svg><g>"),
    *(
        "<b><p></b>",
        "<form><p>",
        "<select>",
        "<template>",
        "<h1><b x=1>",
        "<p x='<b>'>",
        "<li x='</li>'><ul x='</ul>'>",
    ),
    *("<p style='(((((('>", "<p style='url(a'>", "<i/>", "<br>", "<?", "<!", "\0", "<math><mi>"),
]


def page_of(part: str, size: int = MAX_BYTES) -> str:
    return part * (size // len(part))


@pytest.fixture(scope="module")
async def patient_reader() -> AsyncIterator[OverrideReader]:
    reader = OverrideReader(at_once=1, limits=FAR_FROM_BOTH)
    yield reader
    reader.close()


@pytest.mark.parametrize("part", REPEATED)
async def test_a_repeated_part_is_checked_in_linear_time(patient_reader: OverrideReader, part: str) -> None:
    checked = await patient_reader.check(page_of(part))
    assert not [objection for objection in checked.objections if objection.startswith(ENDED)]


@pytest.mark.parametrize("css", ["(", "{", "[a", "/*", "url(", "url('", "\\", "@", "u\\72l(", "@import"])
async def test_a_style_sheet_is_checked_in_linear_time(patient_reader: OverrideReader, css: str) -> None:
    checked = await patient_reader.check(f"<style>src {page_of(css, MAX_BYTES - 100)}</style>")
    assert not [objection for objection in checked.objections if objection.startswith(ENDED)]


@pytest.fixture
async def reader() -> AsyncIterator[OverrideReader]:
    reader = OverrideReader(at_once=1, limits=Limits(processor_seconds=2, seconds=60, memory_mebibytes=400))
    yield reader
    reader.close()


async def test_elements_that_the_parser_multiplies_are_refused(reader: OverrideReader) -> None:
    """Each paragraph opens again all elements that the first one left open, which makes millions of elements."""
    page = "<p>" + "".join(f'<b x="{n}">' for n in range(2000)) + "</p><p>x" * 3000
    assert await reader.check(page)
    assert (await reader.check(page)).objections
    assert (await reader.check("<p>x</p>")).html == "<p>x</p>"


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("x" * (MAX_BYTES + 1), "kB"),
        ("ж" * (MAX_BYTES // 2 + 1), "kB"),
        (f"<img src='data:image/png;base64,{'A' * MAX_BYTES_WITH_PICTURES}'>", "kB"),
        ("<br>" * 5001, "5001 tags"),
        ("<div>" * 300, "levels deep"),
        ("<b><i>" * 150, "levels deep"),
        ("<svg>" + "<g>" * 300, "levels deep"),
    ],
)
def test_a_page_that_is_too_large_is_refused(page: str, word: str) -> None:
    (found,) = objections(page)
    assert word in found


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> str:
    """A picture of one bit a pixel, all black: its header has the size, and the rest is a few kilobytes."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * min(height, 100)), 9)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def gif(width: int, height: int) -> str:
    data = b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b","
    data += struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x00;"
    return f"data:image/gif;base64,{base64.b64encode(data).decode()}"


def svg_with(picture: str, encoding: str = "utf-8") -> str:
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{picture}"/></svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode(encoding)).decode()}"


@pytest.mark.parametrize(
    "picture",
    [
        *(png(16000, 16000), png(200_000_000, 1), gif(60000, 60000)),
        *(svg_with(png(9000, 9000)), svg_with(png(9000, 9000), "utf-16")),
        svg_with(png(9000, 9000).replace("data:", "&#100;ata:")),
    ],
)
@pytest.mark.parametrize(
    "page",
    [
        "<img width='10' src='{}'>",
        "<p style='background:url({})'>x</p>",
        r"<p style='background:url(\64 ata:{rest})'>x</p>",
        '<style>p{{background:url("{}")}}</style>',
    ],
)
def test_a_picture_of_too_many_pixels_is_refused(page: str, picture: str) -> None:
    (found,) = objections(page.format(picture, rest=picture.removeprefix("data:")))
    assert "million" in found


def test_many_pictures_count_together() -> None:
    """20 million pixels are allowed; each picture has four."""
    four = png(2000, 2000)
    assert objections(f"<img src='{four}'>" * 5) == ()
    assert objections(f"<img src='{four}'>" * 6)


@pytest.mark.parametrize(
    "data", ["data:image/png;base64,AAAA", "data:image/png;base64,?", "data:image/tiff;base64,AAAA", "data:image/png"]
)
def test_a_picture_that_cannot_be_read_is_refused(data: str) -> None:
    (found,) = objections(f"<img src='{data}'>")
    assert "picture" in found


@pytest.mark.parametrize("of", [str, svg_with])
def test_a_logo_of_too_many_pixels_is_refused(of: Callable[[str], str]) -> None:
    """The logo is decoded for every document."""
    with pytest.raises(ValueError, match="16000 x 16000 pixels"):
        check_logo(of(png(16000, 16000)))
    assert check_logo(of(png(400, 100)))
