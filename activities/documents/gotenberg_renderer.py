"""The renderer that uses a Gotenberg server, which prints with Chromium and supports all of CSS.

A page that Gotenberg refuses would be refused again. A page that Gotenberg twice does not complete, although it prints
another page in between, is at fault as well. All other failures (a queue, a restart, a proxy) are temporary. Paper size
and margins equal those of the embedded engine, so that both engines print the same pages.
"""

import hashlib

import httpx

from activities.documents.renderer import Assets, EngineUnavailable, PageRefused

# The server answers 503 when its own time limit is reached. The client waits longer, so that it receives this answer.
WAIT_SECONDS = 10
CONNECT_SECONDS = 5
TRIES = 2
# A server that works prints this page in a fraction of a second.
PLAIN_PAGE = "<!DOCTYPE html><html><head><title>A page</title></head><body><p>x</p></body></html>"
PLAIN_PAGE_SECONDS = 10
REFUSED_STATUSES = frozenset({400, 403, 409, 413, 415})
# The time limit of the server was reached, or its browser ended.
NOT_COMPLETED_STATUSES = frozenset({500, 503, 504})
LONGEST_REASON = 500
_PATH = "/forms/chromium/convert/html"

# Lengths in inches. They apply to pages that do not define size and margins by @page, as in the embedded engine.
_FORM = {
    "paperWidth": "8.27",
    "paperHeight": "11.69",
    "marginTop": "1",
    "marginBottom": "1",
    "marginLeft": "1",
    "marginRight": "1",
    "preferCssPageSize": "true",
    "printBackground": "true",
    "generateTaggedPdf": "false",
    "failOnResourceLoadingFailed": "true",
}


def connect(url: str, api_timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client. `api_timeout_seconds` is the server's limit for a request with its time in the queue."""
    timeout = httpx.Timeout(api_timeout_seconds + WAIT_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(base_url=url, timeout=timeout)


class GotenbergRenderer:
    """Renders pages on the server of the given HTTP client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def render(self, html: str, assets: Assets) -> bytes:
        """Return the PDF of a page. Raises PageRefused or EngineUnavailable."""
        for _ in range(TRIES):
            try:
                return await self._print(html, assets)
            except _NotCompleted as error:
                last = error
                if not await self._prints_plain_page():
                    raise EngineUnavailable(f"Gotenberg prints no page at all: {error}") from error
        message = f"The page cannot be printed. Gotenberg tried it twice and prints other pages. {last}"
        raise PageRefused(message) from last

    async def _prints_plain_page(self) -> bool:
        try:
            await self._print(PLAIN_PAGE, {}, seconds=PLAIN_PAGE_SECONDS)
        except (EngineUnavailable, _NotCompleted):
            return False
        return True

    async def _print(self, html: str, assets: Assets, seconds: float | None = None) -> bytes:
        page = html.encode()
        files = [("files", (name, content)) for name, content in {"index.html": page, **assets}.items()]
        # The digest of the page appears in Gotenberg's log, so that a log line can be matched with a page.
        headers = {"Gotenberg-Trace": hashlib.sha256(page).hexdigest()}
        timeout = httpx.USE_CLIENT_DEFAULT if seconds is None else httpx.Timeout(seconds)
        try:
            answer = await self._http.post(_PATH, data=_FORM, files=files, headers=headers, timeout=timeout)
        except httpx.ConnectError as error:
            raise EngineUnavailable(f"Gotenberg could not be reached ({type(error).__name__}).") from error
        except httpx.TimeoutException as error:
            raise _NotCompleted(f"Gotenberg did not answer in time ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise _NotCompleted(f"Gotenberg could not be reached ({type(error).__name__}).") from error
        return _pdf(answer)


class _NotCompleted(Exception):
    """Gotenberg accepted the page and returned no PDF; the page or the server is at fault."""


def _pdf(answer: httpx.Response) -> bytes:
    if answer.status_code in REFUSED_STATUSES:
        raise PageRefused(f"Gotenberg refused the page (HTTP {answer.status_code}): {_reason(answer)}")
    if answer.status_code in NOT_COMPLETED_STATUSES:
        raise _NotCompleted(f"Gotenberg did not complete the page (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.is_success:
        raise EngineUnavailable(f"Gotenberg reports an error of its own (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.content.startswith(b"%PDF-"):
        raise EngineUnavailable("The answer of Gotenberg is not a PDF. Check that its URL in the settings is right.")
    return answer.content


def _reason(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:LONGEST_REASON] or "no reason given"
