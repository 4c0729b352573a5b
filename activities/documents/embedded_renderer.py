"""The embedded renderer: it converts HTML to PDF by plutoprint, in processes of the worker.

A page may use only the assets that are passed with it. Any other URL is refused, so that an HTML override can neither
read files of the worker nor call hosts in its network.
"""

import io
import tempfile
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import plutoprint

from activities.documents.font_files import use_only_pinned_fonts
from activities.documents.renderer import (
    ASSETS_BASE,
    FONT_TYPE,
    Assets,
    EngineUnavailable,
    PageRefused,
    check_page_count,
)
from activities.runtime.limited_processes import CallEndedProcess, LimitedProcesses, Limits
from activities.runtime.threads import Busy

# A document of 10,000 lines has 463 pages and needs 6 s of processor time and 460 MB.
LIMITS = Limits(processor_seconds=30, seconds=60, memory_mebibytes=640)
# How long a page waits for a free process. Waiting, both tries and the check of an override take less than one attempt
# of the activity (`activity_options.RENDER`).
WAIT_SECONDS = 30


class EmbeddedRenderer:
    """Renders pages in a few processes; it needs neither a server nor a browser.

    Processes are used because the font cache of the engine holds Python objects and a lock of its own, so that several
    threads deadlock. A page that crashes the engine or exceeds a limit ends a process and not the worker. It is tried
    twice, and then refused, because it would never be completed.
    """

    def __init__(self, processes: int = 2, limits: Limits = LIMITS) -> None:
        self._fonts = tempfile.TemporaryDirectory(prefix="aktum-fonts-")
        self._processes = LimitedProcesses(
            "printer",
            processes,
            limits,
            wait_seconds=WAIT_SECONDS,
            prepare=partial(use_only_pinned_fonts, Path(self._fonts.name)),
        )

    async def render(self, html: str, assets: Assets) -> bytes:
        """Return the PDF of a page. Raises PageRefused or EngineUnavailable."""
        try:
            return await self._processes.run(_print_page, html, dict(assets))
        except CallEndedProcess as error:
            raise PageRefused(f"The page cannot be printed: it {error}.") from error
        except Busy as busy:
            raise EngineUnavailable(f"The page printer is busy with {busy}.") from busy

    def close(self) -> None:
        """End the processes and remove their font directory."""
        self._processes.close()
        self._fonts.cleanup()


class _AssetFetcher(plutoprint.ResourceFetcher):
    """Provides the assets of a page and lists the missing ones. The engine ignores an exception of a fetcher."""

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
        return plutoprint.ResourceData(content, FONT_TYPE if name.endswith(".ttf") else "")


def _print_page(html: str, assets: Assets) -> bytes:
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    fetcher = _AssetFetcher(assets)
    book.custom_resource_fetcher = fetcher
    stream = io.BytesIO()
    try:
        book.load_html(html, base_url=ASSETS_BASE)
        check_page_count(book.get_page_count())
        book.write_to_pdf_stream(stream)
    except plutoprint.Error as error:
        raise PageRefused(f"The page cannot be printed: {error}") from error
    if fetcher.missing:
        missing = ", ".join(sorted(set(fetcher.missing)))[:500]
        raise PageRefused(f"The page uses {missing}, which is not an asset of the document.")
    return stream.getvalue()
