"""Pages to sign in and out."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import PasswordCheckDep, TokensDep
from api.access.password_check import PasswordCheck
from api.access.repository import Credentials
from api.access.schemas import TokenView
from api.deps import NowDep, StateDep
from api.errors import ApiError, TooManyRequests
from api.http.decimal_json import DecimalJsonRoute
from api.pages.account.kept_forms import LARGEST_FORM, MOST_FIELDS, KeptForm
from api.pages.languages import N_
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep, SessionDep, own_page
from api.settings import users
from api.settings.deps import SettingsStoreDep
from api.settings.editing import writing

WRONG_LOGIN = N_("The name or the password is wrong.")

router = APIRouter(include_in_schema=False, route_class=DecimalJsonRoute)


@router.get("/login")
async def sign_in_page(desk: DeskDep, request: Request) -> Response:
    return desk.page(
        "account/login.html.j2", next_page=own_page(request.query_params.get("next")), problem=None, username=""
    )


@router.post("/login")
async def sign_in(
    desk: DeskDep,
    check: PasswordCheckDep,
    tokens: TokensDep,
    session: SessionDep,
    state: StateDep,
    now: NowDep,
    username: Annotated[str, Form(max_length=100)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=4000)] = "/",
) -> Response:
    """Begin a session by the same check, delay and answer for all failures as the login of the API."""
    tried = await _tried(desk, check, username, password)
    if tried.user is None:
        return desk.page("account/login.html.j2", next_page=own_page(next), **tried.shown)
    response = RedirectResponse(own_page(next), HTTPStatus.SEE_OTHER)
    issued = TokenView.issued(tokens, tried.user, now)
    session.begin(response, issued.token, state.settings.auth.token_hours * 3600)
    return response


@router.post("/login/again")
async def sign_in_again(
    request: Request,
    desk: DeskDep,
    check: PasswordCheckDep,
    tokens: TokensDep,
    session: SessionDep,
    state: StateDep,
    now: NowDep,
) -> Response:
    """Begin a session, and send the form that was kept. Without a script a person sends it by a button."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS + 10, max_part_size=LARGEST_FORM)
    kept = KeptForm.of_fields(posted)
    tried = await _tried(desk, check, str(posted.get("username", ""))[:100], str(posted.get("password", ""))[:1000])
    if tried.user is None:
        return desk.page("account/sign_in_again.html.j2", kept=kept, **tried.shown)
    response = desk.page("account/send_again.html.j2", kept=kept, username=tried.user.username)
    issued = TokenView.issued(tokens, tried.user, now)
    session.begin(response, issued.token, state.settings.auth.token_hours * 3600)
    return response


@dataclass(frozen=True)
class Tried:
    """The user whose password is right, or what the sign-in page shows."""

    user: Credentials | None
    shown: dict[str, Any]


async def _tried(desk: Desk, check: PasswordCheck, username: str, password: str) -> Tried:
    """Check the name and the password; all failures have one message, and many have to wait."""
    refused: ApiError | None = None
    try:
        if user := await check.user(username.strip(), password):
            return Tried(user, {})
    except TooManyRequests as error:
        refused = error
    seconds = refused.headers["Retry-After"] if refused else None
    problem = (
        desk.text(N_("Too many failed attempts. Try again in %(seconds)s s."), seconds=seconds)
        if seconds
        else desk.text(WRONG_LOGIN)
    )
    shown: dict[str, Any] = {
        "status": refused.status if refused else HTTPStatus.UNAUTHORIZED,
        "headers": dict(refused.headers) if refused else None,
        "problem": problem,
        "username": username.strip(),
    }
    return Tried(None, shown)


@router.post("/logout")
async def sign_out(actor: PageActorDep, session: SessionDep, store: SettingsStoreDep) -> Response:
    """End the sessions of the user, also those of other devices, as the API's logout does."""
    async with writing(store, actor) as transaction:
        await users.end_sessions(transaction.connection, actor.username)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    session.end(response)
    return response
