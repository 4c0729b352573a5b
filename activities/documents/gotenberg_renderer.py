"""The renderer on a Gotenberg server: real Chromium, for those who run one anyway or want all of CSS.

It makes one attempt and tells two kinds of failure apart: a page that Gotenberg refuses would be refused again, and
everything else (a queue, a time limit, a restart, a proxy in between) may pass. Paper and margins are those of the
embedded engine, so that a document has the same pages whichever printed it.
"""

import hashlib

import httpx

from activities.documents.renderer import Assets, EngineUnavailable, PageRefused

# The server answers 503 when its own limit is reached; a client that gave up before would never learn why.
PATIENCE_SECONDS = 10
CONNECT_SECONDS = 5
PAGE_AT_FAULT = frozenset({400, 403, 409, 413, 415})
LONGEST_REASON = 500

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
        page = html.encode()
        files = [("files", (name, content)) for name, content in {"index.html": page, **assets}.items()]
        # The page's own digest, so that a line in Gotenberg's log can be matched with what was sent.
        headers = {"Gotenberg-Trace": hashlib.sha256(page).hexdigest()}
        try:
            answer = await self._http.post("/forms/chromium/convert/html", data=_FORM, files=files, headers=headers)
        except httpx.TimeoutException as error:
            raise EngineUnavailable(f"Gotenberg did not answer in time ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"Gotenberg could not be reached ({type(error).__name__}).") from error
        return _pdf(answer)


def _pdf(answer: httpx.Response) -> bytes:
    if answer.status_code in PAGE_AT_FAULT:
        raise PageRefused(f"Gotenberg refused the page (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.is_success:
        raise EngineUnavailable(f"Gotenberg is not well (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.content.startswith(b"%PDF-"):
        raise EngineUnavailable("Gotenberg's answer is no PDF; another server may be answering at its address.")
    return answer.content


def _reason(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:LONGEST_REASON] or "no reason given"
