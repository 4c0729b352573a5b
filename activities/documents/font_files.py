"""The pinned font files: the documents' own, and the fallback fonts for other letters in the order of their use.

All of them come from packages. The embedded engine uses no font of the machine, so that a page has the same bytes on
every host. `models/values/printable_characters.py` lists the characters of all these fonts.
"""

import os
from pathlib import Path

import font_source_sans_pro
import manimgx_fonts
import noto_cjk_sans_jp_regular

_OWN = Path(font_source_sans_pro.font_directory)
_NOTO = Path(manimgx_fonts.__file__).parent
_CJK = Path(noto_cjk_sans_jp_regular.__file__).parent

OWN_FONTS = tuple(_OWN / f"SourceSansPro-{style}.ttf" for style in ("Regular", "It", "Semibold"))

# The first, Noto Sans, has rare Latin, Greek and Cyrillic letters. Emoji come last, because that font has digits too.
_SCRIPTS = (
    *("", "Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew"),
    *("Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai", "Symbols"),
)
FALLBACK_FONTS = (
    *(_NOTO / f"NotoSans{script}[wght].ttf" for script in _SCRIPTS),
    _CJK / noto_cjk_sans_jp_regular.FONT_FILE,
    _NOTO / "NotoEmoji[wght].ttf",
)

_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>{}</dir>
</fontconfig>
"""


def use_only_pinned_fonts(directory: Path) -> None:
    """Configure Fontconfig in this process so that it finds only the pinned fonts. Call this before the first page.

    Fontconfig reads a directory in the order of the file names, so each name begins with the font's place.
    """
    fonts = directory / "fonts"
    fonts.mkdir(exist_ok=True)
    for place, font in enumerate((*OWN_FONTS, *FALLBACK_FONTS)):
        _link(fonts / f"{place:02d}-{font.name}", font)
    configuration = directory / f"fonts-{os.getpid()}.conf"
    configuration.write_text(_CONFIGURATION.format(fonts))
    os.environ["FONTCONFIG_FILE"] = str(configuration)
    os.environ.pop("FONTCONFIG_SYSROOT", None)


def _link(link: Path, font: Path) -> None:
    """Create the link unless another process, which shares the directory, has created it."""
    try:
        link.symlink_to(font)
    except FileExistsError:
        return
