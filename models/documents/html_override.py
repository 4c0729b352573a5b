"""The HTML that an override may contain: text, tables, drawings, and pictures embedded in the page.

Scripts and external resources are not allowed, because a document must look the same wherever and whenever it is opened
(docs/specification/documents.md 3.4). The messages are for the author of the page.
`activities/documents/override_sanitizer.py` enforces the same lists when the document is printed.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

# Stands in an override for the number that the invoice will get.
NUMBER_PLACEHOLDER = "{{number}}"

FONTS = frozenset({"SourceSansPro-Regular.ttf", "SourceSansPro-It.ttf", "SourceSansPro-Semibold.ttf"})

_TEXT = "p div span br hr h1 h2 h3 h4 h5 h6 b strong i em u s small sub sup mark code pre blockquote q cite abbr wbr a"
_LISTS = "ul ol li dl dt dd header footer main section article aside address figure figcaption img style"
_TABLES = "table caption colgroup col thead tbody tfoot tr th td"
_DRAWINGS = (
    "svg g path circle ellipse rect line polyline polygon text tspan defs clipPath linearGradient radialGradient stop"
)
TAGS = frozenset(f"{_TEXT} {_LISTS} {_TABLES} {_DRAWINGS}".split())

_COMMON = "id class style lang dir title align valign width height"
_OF_ELEMENTS = "href src alt colspan rowspan span scope start type value cite datetime"
_OF_DRAWINGS = (
    "xmlns viewBox preserveAspectRatio d x y x1 y1 x2 y2 dx dy r rx ry cx cy points offset transform opacity fill "
    "fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray stroke-opacity "
    "stop-color stop-opacity gradientUnits gradientTransform clip-path clip-rule clipPathUnits text-anchor "
    "dominant-baseline font-size font-family font-weight font-style"
)
ATTRIBUTES = frozenset(f"{_COMMON} {_OF_ELEMENTS} {_OF_DRAWINGS}".split())

# The printed page gets its own frame, so these elements of an override are accepted but not printed.
_FRAME = frozenset({"html", "head", "body", "title", "meta"})
_LINKS = ("mailto:", "tel:", "#")
_PICTURES = ("data:image/", "data:font/", "data:application/font", "data:application/x-font")
_TAGS, _ATTRIBUTES = ({name.lower() for name in names} for names in (TAGS, ATTRIBUTES))

_COMMENT = re.compile(r"/\*.*?(\*/|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|([^\n]))")
_URL = re.compile(r"url\(\s*[\"']?([^\"')]*)", re.IGNORECASE)
_FETCHES = re.compile(r"@import|image-set\s*\(|(?<![\w-])(?:src|image)\s*\(|expression\s*\(", re.IGNORECASE)

MAX_FINDINGS = 20
_LONGEST_QUOTE = 80


def disallowed_parts(html: str) -> tuple[str, ...]:
    """Return a message for each part of the HTML that is not allowed; an empty tuple if all of it is allowed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(dict.fromkeys(reader.found))[:MAX_FINDINGS]


def is_self_contained(attribute: str, address: str) -> bool:
    """Return whether this `href` or `src` stays within the page."""
    plain = "".join(address.split()).lower()
    return plain.startswith(_LINKS if attribute == "href" else _PICTURES)


def external_reference(css: str) -> str | None:
    """Return the first external reference of a style sheet or a style attribute; None if there is none.

    The text is searched with and without comments and escapes: what looks like a comment may be part of a string.
    """
    for text in (css, _COMMENT.sub("", css)):
        for plain in (text, _ESCAPE.sub(_unescaped, text)):
            if fetching := _FETCHES.search(plain):
                return fetching[0].rstrip("( ")
            for address in _URL.findall(plain):
                bare = address.strip()
                if bare not in FONTS and not bare.startswith("#") and not is_self_contained("src", bare):
                    return bare or "an empty address"
    return None


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag not in _TAGS | _FRAME:
            self.found.append(f"<{tag}> is not allowed")
        else:
            self.found.extend(_disallowed_attributes(tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style and (reference := external_reference(data)):
            self.found.append(f"<style> refers to {_quoted(reference)}; a document cannot load anything")


def _disallowed_attributes(tag: str, attributes: list[tuple[str, str | None]]) -> Iterator[str]:
    for name, value in attributes:
        text = value or ""
        if name.startswith("on"):
            yield f"{name} on <{tag}>: event handlers are not allowed"
        elif tag in _FRAME:
            if tag == "meta" and name == "http-equiv":
                yield "<meta http-equiv> is not allowed"
            elif tag in ("html", "body") and name != "lang":
                yield f"{name} on <{tag}> is not printed; put it on an element inside the body, or in a <style>"
        elif name not in _ATTRIBUTES:
            yield f"{name} on <{tag}> is not allowed"
        elif name in ("href", "src") and not is_self_contained(name, text):
            remedy = "mailto:, tel: and # are allowed" if name == "href" else "put it into the page as a data: URL"
            yield f"{name} of <{tag}> is {_quoted(text)}, which is outside the document; {remedy}"
        # Any attribute of a drawing may refer to an address: fill="url(...)".
        elif name not in ("href", "src", "title", "alt") and (reference := external_reference(text)):
            yield f"{name} of <{tag}> refers to {_quoted(reference)}; a document cannot load anything"


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code < 0x110000 else ""


def _quoted(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
