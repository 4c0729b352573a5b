"""What the desk answers when a request fails: a page that says what happened, what to do, and the request id.

Programs get the JSON of the API for the same errors.
"""

from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.errors import ApiError, Broken, Conflict, Forbidden, NotFound, Unauthorized, Unavailable, Unknown, respond
from api.pages.account.kept_forms import KeptForm
from api.pages.assets import PREFIX as ASSETS
from api.pages.languages import N_
from api.pages.rendering import Desk
from api.pages.sessions import SignInNeeded, sign_in_address
from api.request_log import PREFIX

_TITLES: dict[type[ApiError], str] = {
    NotFound: N_("This page does not exist"),
    Forbidden: N_("You may not do this"),
    Conflict: N_("This is not possible now"),
    Unavailable: N_("A part of the system does not answer"),
    Unknown: N_("We do not know yet whether this was done"),
    Broken: N_("Something went wrong"),
    ApiError: N_("This request could not be carried out"),
}
_ADVICE: dict[type[ApiError], str] = {
    NotFound: N_("Check the address, or search for the number or the name of the client."),
    Forbidden: N_("Ask a colleague with that role, or an admin to change yours."),
    Conflict: N_("Open the page again to see the present state."),
    Unavailable: N_("Nothing was changed. Try again in a moment; this page needs the part that does not answer."),
    Unknown: N_("Do not repeat it another way. Open the page again: it shows whether it was done."),
    Broken: N_("Nothing more is known here. Give the request id below to whoever runs the system."),
    ApiError: N_("Go back and check what you have entered."),
}


def is_for_people(request: Request) -> bool:
    """Return whether a person with a browser asks: not a path of the API, and HTML is wanted."""
    path = request.url.path
    if path.startswith((f"{PREFIX}/", f"{ASSETS}/")):
        return False
    return "text/html" in request.headers.get("Accept", "")


async def answer(request: Request, error: ApiError) -> Response:
    """Return the error as a page for a browser, as a redirect to the sign-in page, or as JSON."""
    if not is_for_people(request):
        return respond(request, error)
    if isinstance(error, SignInNeeded):
        return await _sign_in(request, error)
    return Desk.of(request).page(
        "error.html.j2",
        status=error.status,
        headers=dict(error.headers) if not isinstance(error, Unauthorized) else None,
        title=_of(_TITLES, error),
        message=error.message,
        advice=_of(_ADVICE, error),
        status_code=int(error.status),
        is_loaded_again=isinstance(error, Unavailable) and request.method in ("GET", "HEAD"),
    )


async def _sign_in(request: Request, error: SignInNeeded) -> Response:
    """Return the way to the sign-in page. A form is kept in it, and a part of a page that asks again stays as it is."""
    if "HX-Request" in request.headers:
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    kept = await KeptForm.of_request(request)
    if kept is None:
        return RedirectResponse(sign_in_address(error.back), HTTPStatus.SEE_OTHER)
    return Desk.of(request).page(
        "account/sign_in_again.html.j2", status=HTTPStatus.UNAUTHORIZED, kept=kept, problem=None, username=""
    )


def _of(texts: dict[type[ApiError], str], error: ApiError) -> str:
    return next(text for kind, text in texts.items() if isinstance(error, kind))
