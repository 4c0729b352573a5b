"""The protocol that both renderers follow, the assets they print with, and the limits of what they make."""

from collections.abc import Mapping
from functools import cache
from typing import Protocol

from activities.documents.font_files import OWN_FONTS

# Where bare asset names resolve to in the embedded engine. The domain cannot exist (RFC 2606); nothing is ever fetched.
ASSETS_BASE = "https://assets.invalid/"

# A document of 10,000 lines has 463 pages and 1.9 MB. Mail servers refuse letters above 20 MB or so.
MOST_PAGES = 2000
MOST_BYTES = 15_000_000

Assets = Mapping[str, bytes]


class PageRefused(Exception):
    """The page itself is at fault; the same page would be refused again."""


class EngineUnavailable(Exception):
    """The engine is down, busy or answered with something else than a PDF; later it may work."""


class Renderer(Protocol):
    async def render(self, html: str, assets: Assets) -> bytes:
        """PDF of a page. `assets` are the files it may name, by bare file name.

        Raises PageRefused for a page that cannot be printed, and EngineUnavailable for all else.
        """
        ...


def check_pages(count: int) -> None:
    if count > MOST_PAGES:
        raise PageRefused(f"The page would print on {count} sheets; a document has at most {MOST_PAGES}.")


def check_bytes(count: int) -> None:
    if count > MOST_BYTES:
        size = f"{count / 1_000_000:.0f} MB, of {MOST_BYTES // 1_000_000} MB at the most"
        raise PageRefused(f"The PDF is too large to be sent: {size}.")


@cache
def fonts() -> Assets:
    """The documents' own font files by the names that the style sheet gives them; others are in `font_files`."""
    return {font.name: font.read_bytes() for font in OWN_FONTS}
