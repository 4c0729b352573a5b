"""The protocol of the two renderers, their errors, the limits of a PDF, and the fonts of the documents."""

from collections.abc import Mapping
from functools import cache
from typing import Protocol

from activities.documents.font_files import OWN_FONTS

# The base URL of asset names in the embedded engine. The domain cannot exist (RFC 2606), so nothing can be fetched.
ASSETS_BASE = "https://assets.invalid/"
FONT_TYPE = "font/ttf"

# A document of 10,000 lines has 463 pages and 1.9 MB. Mail servers commonly refuse letters above 20 MB.
MAX_PAGES = 2000
MAX_BYTES = 15_000_000

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


def check_page_count(count: int) -> None:
    """Raise PageRefused if a document has too many pages."""
    if count > MAX_PAGES:
        raise PageRefused(f"The document would have {count} pages; at most {MAX_PAGES} are allowed.")


def check_byte_count(count: int) -> None:
    """Raise PageRefused if a PDF has too many bytes."""
    if count > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise PageRefused(f"The PDF has {count / 1_000_000:.0f} MB, which is too large to send; at most {most} MB.")


@cache
def fonts() -> Assets:
    """Return the documents' own font files by the names in the style sheet. They come from a pinned package."""
    return {font.name: font.read_bytes() for font in OWN_FONTS}
