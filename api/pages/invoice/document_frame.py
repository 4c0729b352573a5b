"""The page of a document in a frame of the desk: in the document's own font, which the desk serves."""

from fastapi import Response
from fastapi.responses import HTMLResponse

from api.pages.assets import with_own_fonts

_KEPT = ("X-Content-Type-Options", "Cache-Control", "Referrer-Policy", "Aktum-Removed")


def framed(answer: Response) -> HTMLResponse:
    """Return the answer of a preview for a frame of the desk."""
    policy = answer.headers["Content-Security-Policy"].replace("font-src data:", "font-src 'self' data:")
    kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    page = with_own_fonts(bytes(answer.body).decode())
    return HTMLResponse(page, headers={**kept, "Content-Security-Policy": policy})
