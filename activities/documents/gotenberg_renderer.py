"""The renderer that uses a Gotenberg server, which prints with Chromium and supports all of CSS.

It makes one attempt. A page that Gotenberg refuses would be refused again; all other failures (a queue, a time limit, a
restart, a proxy) are temporary. Paper size and margins equal those of the embedded engine, so that both engines print
the same pages.
"""

import hashlib

import httpx

from activities.documents.renderer import Assets, EngineUnavailable, PageRefused

# The server answers 503 when its own time limit is reached. The client waits longer, so that it receives this answer.
WAIT_SECONDS = 10
CONNECT_SECONDS = 5
REFUSED_STATUSES = frozenset({400, 403, 409, 413, 415})
LONGEST_REASON = 500

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
        page = html.encode()
        files = [("files", (name, content)) for name, content in {"index.html": page, **assets}.items()]
        # The digest of the page appears in Gotenberg's log, so that a log line can be matched with a page.
        headers = {"Gotenberg-Trace": hashlib.sha256(page).hexdigest()}
        try:
            answer = await self._http.post("/forms/chromium/convert/html", data=_FORM, files=files, headers=headers)
        except httpx.TimeoutException as error:
            raise EngineUnavailable(f"Gotenberg did not answer in time ({type(error).__name__}).") from error
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"Gotenberg could not be reached ({type(error).__name__}).") from error
        return _pdf(answer)


def _pdf(answer: httpx.Response) -> bytes:
    if answer.status_code in REFUSED_STATUSES:
        raise PageRefused(f"Gotenberg refused the page (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.is_success:
        raise EngineUnavailable(f"Gotenberg reports an error of its own (HTTP {answer.status_code}): {_reason(answer)}")
    if not answer.content.startswith(b"%PDF-"):
        raise EngineUnavailable("The answer of Gotenberg is not a PDF. Check that its URL in the settings is right.")
    return answer.content


def _reason(answer: httpx.Response) -> str:
    return " ".join(answer.text.split())[:LONGEST_REASON] or "no reason given"
