"""The renderer on a Gotenberg server: real Chromium, for those who run one anyway or want all of CSS.

It tells two kinds of failure apart. A page that Gotenberg refuses, or twice does not finish while it prints another one
at once, would never be printed. Everything else (a queue, a restart, a proxy in between) may pass. Paper and margins
are those of the embedded engine, so that a document has the same pages whichever printed it.
"""

import hashlib

import httpx

from activities.documents.renderer import Assets, EngineUnavailable, PageRefused

# The server answers 503 when its own limit is reached; a client that gave up before would never learn why.
PATIENCE_SECONDS = 10
CONNECT_SECONDS = 5
TRIES = 2
# An engine that is well prints this in a fraction of a second.
PLAIN_PAGE = "<!DOCTYPE html><html><head><title>A page</title></head><body><p>x</p></body></html>"
PLAIN_PAGE_SECONDS = 10
PAGE_AT_FAULT = frozenset({400, 403, 409, 413, 415})
# The server's time limit, and a browser that ended.
NOT_FINISHED = frozenset({500, 503, 504})
LONGEST_REASON = 500
_PATH = "/forms/chromium/convert/html"

# Inches. A page that gives its own size and margins by @page has those; others have what the embedded engine gives.
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
    """`api_timeout_seconds` is the server's own limit for a request, its place in the queue included."""
    timeout = httpx.Timeout(api_timeout_seconds + PATIENCE_SECONDS, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(base_url=url, timeout=timeout)


class GotenbergRenderer:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def render(self, html: str, assets: Assets) -> bytes:
        """One that the server cannot finish is tried a second time, if the server is well otherwise."""
        for _ in range(TRIES):
            try:
                return await self._print(html, assets)
            except _NotFinished as error:
                reason = error
                if not await self._is_well():
                    raise EngineUnavailable(f"Gotenberg prints no page at all: {error}") from error
        raise PageRefused(f"The page cannot be printed; Gotenberg tried twice, and prints others: {reason}") from reason

    async def _is_well(self) -> bool:
        try:
            await self._print(PLAIN_PAGE, {}, seconds=PLAIN_PAGE_SECONDS)
        except (EngineUnavailable, _NotFinished):
            return False
        return True

    async def _print(self, html: str, assets: Assets, seconds: float | None = None) -> bytes:
        page = html.encode()
        files = [("files", (name, content)) for name, content in {"index.html": page, **assets}.items()]
        # The page's own digest, so that a line in Gotenberg's log can be matched with what was sent.
        headers = {"Gotenberg-Trace": hashlib.sha256(page).hexdigest()}
        timeout = httpx.USE_CLIENT_DEFAULT if seconds is None else httpx.Timeout(seconds)
        try:
            answer = await self._http.post(_PATH, data=_FORM, files=files, headers=headers, timeout=timeout)
        except httpx.ConnectError as error:
            raise EngineUnavailable(f"Gotenberg could not be reached ({type(error).__name__}).") from error
        except httpx.TimeoutException as error:
            raise _NotFinished(f"Gotenberg did not answer in time ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise _NotFinished(f"Gotenberg could not be reached ({type(error).__name__}).") from error
        return _pdf(answer)


class _NotFinished(Exception):
    """It began to print and did not come to an end: the page may be at fault, or the server."""


def _pdf(answer: httpx.Response) -> bytes:
    if answer.status_code in PAGE_AT_FAULT:
        raise PageRefused(f"Gotenberg refused the page (HTTP {answer.status_code}): {_reason(answer)}")
    if answer.status_code in NOT_FINISHED:
        raise _NotFinished(f"Gotenberg is not well (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.is_success:
        raise EngineUnavailable(f"Gotenberg is not well (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.content.startswith(b"%PDF-"):
        raise EngineUnavailable("Gotenberg's answer is no PDF; another server may be answering at its address.")
    return answer.content


def _reason(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:LONGEST_REASON] or "no reason given"
