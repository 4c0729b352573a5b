"""The page of a document in a frame of the desk: in the document's own font, which the desk serves."""

import gzip

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from api.pages.assets import accepts_gzip, with_own_fonts

_KEPT = ("X-Content-Type-Options", "Cache-Control", "Referrer-Policy", "Aktum-Removed")


def framed(request: Request, answer: Response) -> HTMLResponse:
    """Return the answer of a preview for a frame of the desk.

    The frame runs no script, so it may have the origin of the desk: without one, a browser would fetch the fonts again
    for each frame.
    """
    policy = answer.headers["Content-Security-Policy"]
    policy = policy.replace("font-src data:", "font-src 'self' data:").replace("sandbox", "sandbox allow-same-origin")
    headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    headers |= {"Content-Security-Policy": policy, "Vary": "Accept-Encoding"}
    page = with_own_fonts(bytes(answer.body).decode()).encode()
    if not accepts_gzip(request):
        return HTMLResponse(page, headers=headers)
    return HTMLResponse(gzip.compress(page, 5), headers={**headers, "Content-Encoding": "gzip"})
