"""The embedded renderer: it converts HTML to PDF by plutoprint, in processes of the worker.

A page may use only the assets that are passed with it. Any other URL is refused, so that an HTML override can neither
read files of the worker nor call hosts in its network.
"""

import asyncio
import atexit
import io
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from urllib.parse import unquote

import plutoprint

from activities.documents.renderer import ASSETS_BASE, FONT_TYPE, Assets, EngineUnavailable, PageRefused


class EmbeddedRenderer:
    """Renders pages in a few processes; it needs neither a server nor a browser.

    Processes are used because the font cache of the engine holds Python objects and a lock of its own, so that several
    threads deadlock. A page that crashes the engine or exceeds the time limit ends a process and not the worker.
    """

    def __init__(self, processes: int = 2, longest_seconds: int = 60) -> None:
        self._processes = processes
        self._longest_seconds = longest_seconds
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, html: str, assets: Assets) -> bytes:
        """Return the PDF of a page. Raises PageRefused or EngineUnavailable."""
        pool = self._pool = self._pool or ProcessPoolExecutor(
            self._processes, mp_context=multiprocessing.get_context("spawn"), initializer=_start_process
        )
        try:
            return await asyncio.get_running_loop().run_in_executor(
                pool, _print_page, html, assets, self._longest_seconds
            )
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = None
            raise EngineUnavailable(
                "The process that prints pages ended before the page was complete. A new one is started."
            ) from error

    def close(self) -> None:
        """Stop the processes. A later page starts new ones."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _start_process() -> None:
    """Make the process end when the worker ends, also when the worker is killed.

    Without this the process of a killed worker would wait for ever on a pipe that it holds open itself. The process
    exits without the finalisation of the interpreter, because the font cache of the engine would crash in it.
    """
    atexit.register(os._exit, 0)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


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


def _print_page(html: str, assets: Assets, longest_seconds: int) -> bytes:
    signal.alarm(longest_seconds)  # the default action of the signal ends this process
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    fetcher = _AssetFetcher(assets)
    book.custom_resource_fetcher = fetcher
    stream = io.BytesIO()
    try:
        book.load_html(html, base_url=ASSETS_BASE)
        book.write_to_pdf_stream(stream)
    except plutoprint.Error as error:
        raise PageRefused(f"The page cannot be printed: {error}") from error
    finally:
        signal.alarm(0)
    if fetcher.missing:
        missing = ", ".join(sorted(set(fetcher.missing)))[:500]
        raise PageRefused(f"The page uses {missing}, which is not an asset of the document.")
    return stream.getvalue()
