"""The protocol of the two renderers, their errors, and the fonts of the documents."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

import font_source_sans_pro

# The base URL of asset names in the embedded engine. The domain cannot exist (RFC 2606), so nothing can be fetched.
ASSETS_BASE = "https://assets.invalid/"

_FONTS = ("Regular", "It", "Semibold")
FONT_TYPE = "font/ttf"

Assets = Mapping[str, bytes]


class PageRefused(Exception):
    """The page cannot be printed; the same page would be refused again."""


class EngineUnavailable(Exception):
    """The engine is down or busy, or its answer is not a PDF; a later attempt may succeed."""


class Renderer(Protocol):
    """Converts pages to PDF."""

    async def render(self, html: str, assets: Assets) -> bytes:
        """Return the PDF of a page. `assets` are the files that the page may use, by file name.

        Raises PageRefused or EngineUnavailable.
        """
        ...


@cache
def fonts() -> Assets:
    """Return the font files by the names in the style sheet. They come from a pinned package, not from the machine."""
    directory = Path(font_source_sans_pro.font_directory)
    return {name: (directory / name).read_bytes() for name in (f"SourceSansPro-{style}.ttf" for style in _FONTS)}
