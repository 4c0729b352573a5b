"""Renders the pages of a client's link: in the language of the quote, without anything of the desk."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from api.pages.formats import Formats
from api.pages.languages import LANGUAGES, N_
from api.pages.quotes.public_link import Shown, Visit
from api.pages.rendering import environment
from models.quotes.document import quote_view

# The address of the page is the key to it, so no other site learns it and no index keeps it.
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

MESSAGES: Mapping[Shown, tuple[str, str]] = {
    Shown.NEWER: (
        N_("There is a newer version of this quote"),
        N_("This version is no longer valid and cannot be accepted. Use the link of the newer version, or ask for it."),
    ),
    Shown.WITHDRAWN: (
        N_("This quote has been withdrawn"),
        N_("It can no longer be accepted. If you expected something else, please ask."),
    ),
    Shown.ENDED: (N_("This link is no longer valid"), N_("Ask for a new link if you need the quote.")),
}
_STATUS = {Shown.NEWER: 409, Shown.WITHDRAWN: 410, Shown.ENDED: 410}


def quote_page(
    request: Request,
    visit: Visit,
    *,
    status: int = 200,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    """Return the page of the quote. `typed` and `errors` are those of a form that was not accepted."""
    quote = visit.quote
    content = quote.content
    values = {
        "doc": quote_view(content, quote.display_number, quote.version),
        "visit": visit,
        "quote": quote,
        "typed": typed or {},
        "errors": errors or {},
        "problem": problem,
        "action": f"/q/{visit.token}",
    }
    return _page(request, visit, "quotes/public_quote.html.j2", status, values)


def message_page(request: Request, visit: Visit) -> Response:
    """Return a page that says why nothing of the quote is shown."""
    title, advice = MESSAGES[visit.shown]
    values = {"title": title, "advice": advice, "action": f"/q/{visit.token}", "visit": visit}
    return _page(request, visit, "quotes/public_message.html.j2", _STATUS[visit.shown], values)


def _page(request: Request, visit: Visit, template: str, status: int, values: Mapping[str, Any]) -> Response:
    wanted = request.query_params.get("lang", "")
    language = wanted if wanted in LANGUAGES else visit.quote.content.language
    zone = visit.quote.content.issuer.zone
    html = (
        environment(language)
        .get_template(template)
        .render(
            **values,
            language=language,
            formats=Formats(language, ZoneInfo(zone)),
            seller=visit.quote.content.issuer.party,
            logo=visit.quote.content.issuer.logo,
            number=visit.quote.display_number,
        )
    )
    return HTMLResponse(html, status, dict(HEADERS))
