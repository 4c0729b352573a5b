"""The protocol that both renderers follow, and the assets they print with."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

import font_source_sans_pro

# Where bare asset names resolve to in the embedded engine. The domain cannot exist (RFC 2606); nothing is ever fetched.
_ASSETS_BASE = "https://assets.invalid/"

_FONTS = ("Regular", "It", "Semibold")
_FONT_TYPE = "font/ttf"

Assets = Mapping[str, bytes]


class PageRefused(Exception):
    """The page itself is at fault; the same page would be refused again."""


class EngineUnavailable(Exception):
    """The engine is down, busy or answered with something else than a PDF; later it may work."""


class Renderer(Protocol):
    async def render(self, html: str, assets: Assets) -> bytes:
        """PDF of a page. `assets` are the files it may name, by bare file name."""
        ...


@cache
def fonts() -> Assets:
    """The pinned font files by the names that the style sheet gives them; no font of the machine is used."""
    directory = Path(font_source_sans_pro.font_directory)
    return {name: (directory / name).read_bytes() for name in (f"SourceSansPro-{style}.ttf" for style in _FONTS)}
