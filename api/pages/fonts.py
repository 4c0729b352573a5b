"""The font of the desk: Source Sans Pro of the documents, with only the characters that pages use.

A whole font is 130 KB when compressed, this part 25. It is cut when a browser first asks for it.
"""

import logging
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock

import font_source_sans_pro
from fontTools import subset

FONTS = Path(font_source_sans_pro.font_directory)
# Latin with the letters of Uzbek, Cyrillic with those of Uzbek and Kazakh, punctuation, arrows, signs of currencies.
_CHARACTERS = (
    *(range(0x20, 0x7F), range(0xA0, 0x180), range(0x2BB, 0x2BD), range(0x400, 0x460), range(0x490, 0x4F0)),
    *(range(0x2007, 0x2030), range(0x2030, 0x2040), range(0x20A0, 0x20C0), range(0x2116, 0x2123)),
    *(range(0x2190, 0x2194), range(0x2212, 0x2213), range(0x2248, 0x2266)),
)
_FEATURES = ["kern", "liga", "lnum", "tnum", "mark", "mkmk", "ccmp", "locl"]
_cutting = Lock()
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it names every table that it cuts


def original(style: str) -> bytes:
    """Return the whole font, from which the digest in its address is made."""
    return (FONTS / f"SourceSansPro-{style}.ttf").read_bytes()


@cache
def web_font(style: str) -> bytes:
    """Return the part of the font as WOFF. The first call takes a second, so it is made in a thread."""
    options = subset.Options()
    options.flavor = "woff"
    options.hinting = False
    options.layout_features = _FEATURES
    with _cutting:
        font = subset.load_font(str(FONTS / f"SourceSansPro-{style}.ttf"), options)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[code for part in _CHARACTERS for code in part])
        cutter.subset(font)
        written = BytesIO()
        subset.save_font(font, written, options)
    return written.getvalue()
