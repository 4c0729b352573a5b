"""What HTML written by a person may hold: text, tables, drawings and pictures that are in the page itself.

No scripts, and nothing that is fetched from anywhere: a document must say the same wherever and whenever it is opened.
`activities/documents/override_check.py` compares a page with these lists when it is saved, shown and printed.
"""

# In an override, the place of the number that the invoice will get.
NUMBER_PLACE = "{{number}}"

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

# The frame of a page is made anew when it is printed; what is said in these is not needed.
FRAME = frozenset({"html", "head", "body", "title", "meta"})
_LINKS = ("mailto:", "tel:", "#")
_PICTURES = ("data:image/", "data:font/", "data:application/font", "data:application/x-font")

# A page of the template with 200 lines has 75 kB, 2,300 tags and 14 levels.
MOST_BYTES = 100_000
MOST_BYTES_WITH_PICTURES = 500_000
MOST_TAGS = 5000
MOST_LEVELS = 200
# All pictures together. An A4 sheet at 300 dpi has 8.7 million; the engine needs 4 bytes for each.
MOST_PIXELS = 20_000_000


def is_inside(attribute: str, address: str) -> bool:
    """Whether this `href` or `src` may stay. It must not lead out of the page."""
    plain = "".join(address.split()).lower()
    return plain.startswith(_LINKS if attribute == "href" else _PICTURES)
