"""From HTML to PDF bytes that depend on the document alone: the renderer's protocol, the embedded engine, the finish.

Pages may only use the assets that travel with them. Any other address is refused, so that a hand-written page can
neither read files of the worker nor call hosts in its network.
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

from activities.documents.renderer import _ASSETS_BASE, _FONT_TYPE, Assets, EngineUnavailable, PageRefused


class EmbeddedRenderer:
    """plutoprint in a few processes of the worker's own: no server, no browser, some milliseconds a page.

    Processes, because the engine's font cache holds Python objects and its own lock: used from several threads it locks
    up. A page that crashes the engine, or keeps it busy too long, ends a process and not the worker.
    """

    def __init__(self, processes: int = 2, longest_seconds: int = 60) -> None:
        self._processes = processes
        self._longest_seconds = longest_seconds
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, html: str, assets: Assets) -> bytes:
        pool = self._pool = self._pool or ProcessPoolExecutor(
            self._processes, mp_context=multiprocessing.get_context("spawn"), initializer=_settle_in
        )
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _print, html, assets, self._longest_seconds)
        except BrokenProcessPool as error:
            if self._pool is pool:
                self._pool = None
            raise EngineUnavailable("The page printer ended before the page was done; it is started anew.") from error

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _settle_in() -> None:
    """A killed worker must not leave its printers behind: they wait on a pipe that they hold open themselves.

    The exit skips the interpreter's end, which the engine's cache outlives: it would crash giving fonts back.
    """
    atexit.register(os._exit, 0)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class _AssetFetcher(plutoprint.ResourceFetcher):
    """The engine prints an exception of a fetcher and goes on; so what is missing is kept and told afterwards."""

    def __init__(self, assets: Assets) -> None:
        super().__init__()
        self.assets = assets
        self.missing: list[str] = []

    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        name = unquote(url.removeprefix(_ASSETS_BASE))
        content = self.assets.get(name) if url.startswith(_ASSETS_BASE) else None
        if content is None:
            self.missing.append(name)
            return plutoprint.ResourceData(b"", "application/octet-stream")
        return plutoprint.ResourceData(content, _FONT_TYPE if name.endswith(".ttf") else "")


def _print(html: str, assets: Assets, longest_seconds: int) -> bytes:
    signal.alarm(longest_seconds)  # its default action ends this process, whatever the engine is busy with
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4, plutoprint.PAGE_MARGINS_NORMAL, plutoprint.MEDIA_TYPE_PRINT)
    fetcher = _AssetFetcher(assets)
    book.custom_resource_fetcher = fetcher
    stream = io.BytesIO()
    try:
        book.load_html(html, base_url=_ASSETS_BASE)
        book.write_to_pdf_stream(stream)
    except plutoprint.Error as error:
        raise PageRefused(f"The page cannot be printed: {error}") from error
    finally:
        signal.alarm(0)
    if fetcher.missing:
        wanted = ", ".join(sorted(set(fetcher.missing)))[:500]
        raise PageRefused(f"The page asks for {wanted}; a document may only use what comes with it.")
    return stream.getvalue()
