"""From HTML to PDF bytes that depend on the page alone, in processes of the worker's own.

Pages may only use the assets that travel with them. Any other address is refused, so that a hand-written page can
neither read files of the worker nor call hosts in its network.
"""

import io
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import plutoprint

from activities.documents.font_files import use_only_pinned_fonts
from activities.documents.renderer import ASSETS_BASE, Assets, EngineUnavailable, PageRefused, check_pages
from activities.runtime.caged_processes import CagedProcesses, CallEndedProcess, Limits
from activities.runtime.threads import Busy

# A document of 10,000 lines has 463 pages and takes 6 s of processor time and 460 MB.
LIMITS = Limits(processor_seconds=30, seconds=60, memory_mebibytes=768)
# How long a page waits for its turn; both tries of a page that passes the limits take less.
PATIENCE_SECONDS = 50


class EmbeddedRenderer:
    """plutoprint: no server, no browser, some milliseconds a page.

    It prints in processes, because the engine's font cache holds Python objects and its own lock: used from several
    threads it locks up. A page that the engine cannot finish twice is refused, as it would never be finished.
    """

    def __init__(self, processes: int = 2, limits: Limits = LIMITS) -> None:
        self._fonts = tempfile.TemporaryDirectory(prefix="aktum-fonts-")
        self._printers = CagedProcesses(
            "printer",
            processes,
            limits,
            patience_seconds=PATIENCE_SECONDS,
            prepare=partial(use_only_pinned_fonts, Path(self._fonts.name)),
        )

    async def render(self, html: str, assets: Assets) -> bytes:
        try:
            return await self._printers.run(_print, html, dict(assets))
        except CallEndedProcess as error:
            raise PageRefused(f"The page cannot be printed: it {error}.") from error
        except Busy as busy:
            raise EngineUnavailable(f"The page printer is busy with {busy}.") from busy

    def close(self) -> None:
        self._printers.close()
        self._fonts.cleanup()


class _AssetFetcher(plutoprint.ResourceFetcher):
    """The engine prints an exception of a fetcher and goes on; so what is missing is kept and told afterwards."""

    def __init__(self, assets: Assets) -> None:
        super().__init__()
        self.assets = assets
        self.missing: list[str] = []

    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        name = unquote(url.removeprefix(ASSETS_BASE))
        content = self.assets.get(name) if url.startswith(ASSETS_BASE) else None
        if content is None:
            self.missing.append(name)
            return plutoprint.ResourceData(b"", "application/octet-stream")
        return plutoprint.ResourceData(content, "font/ttf" if name.endswith(".ttf") else "")


def _print(html: str, assets: Assets) -> bytes:
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    fetcher = _AssetFetcher(assets)
    book.custom_resource_fetcher = fetcher
    stream = io.BytesIO()
    try:
        book.load_html(html, base_url=ASSETS_BASE)
        check_pages(book.get_page_count())
        book.write_to_pdf_stream(stream)
    except plutoprint.Error as error:
        raise PageRefused(f"The page cannot be printed: {error}") from error
    if fetcher.missing:
        wanted = ", ".join(sorted(set(fetcher.missing)))[:500]
        raise PageRefused(f"The page asks for {wanted}; a document may only use what comes with it.")
    return stream.getvalue()
