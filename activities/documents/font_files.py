"""The pinned font files: the documents' own, and those for letters that these lack, in the order of their use.

All of them come from packages. The embedded engine finds no font of the machine, so a page has the same bytes on every
host; `models/values/covered_letters.py` lists the letters that the fonts have together.
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

# "Noto Sans" itself has rarer Latin, Greek and Cyrillic letters; emoji are last, as its digits are no text.
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
    """Lets Fontconfig, in this process, find the pinned fonts alone. To be called before a page is printed.

    It reads a directory in the order of the file names, so the names say which font is asked first.
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
    """Several processes share the directory."""
    try:
        link.symlink_to(font)
    except FileExistsError:
        return
