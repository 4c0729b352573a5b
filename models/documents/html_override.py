"""The HTML that an override may contain: text, tables, drawings, and pictures embedded in the page.

Scripts and external resources are not allowed, because a document must look the same wherever and whenever it is opened
(docs/specification/documents.md 3.4). `activities/documents/override_check.py` applies these lists and limits when an
override is saved, shown and printed.
"""

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
FRAME = frozenset({"html", "head", "body", "title", "meta"})
_LINKS = ("mailto:", "tel:", "#")
_PICTURES = ("data:image/", "data:font/", "data:application/font", "data:application/x-font")

# A page of the template with 200 lines has 75 kB, 2,300 tags and 14 levels.
MAX_BYTES = 100_000
MAX_BYTES_WITH_PICTURES = 500_000
MAX_TAGS = 5000
MAX_LEVELS = 200
# For all pictures together. An A4 sheet at 300 dpi has 8.7 million pixels; an engine needs 4 bytes for each.
MAX_PIXELS = 20_000_000


def is_self_contained(attribute: str, address: str) -> bool:
    """Return whether this `href` or `src` stays within the page."""
    plain = "".join(address.split()).lower()
    return plain.startswith(_LINKS if attribute == "href" else _PICTURES)
