"""Pages to sign in and out, and for one's own language, look and password."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import PasswordCheckDep, PasswordsDep, TokensDep
from api.access.schemas import TokenView
from api.deps import NowDep, StateDep, TodayDep
from api.errors import ApiError, TooManyRequests
from api.http.decimal_json import DecimalJsonRoute
from api.pages.access.access_forms import MOST_FIELDS, own_password_form
from api.pages.access.key_routes import keys
from api.pages.forms.fields import body_of, read
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import COOKIE, LANGUAGES, N_
from api.pages.rendering import DENSITIES, DENSITY_COOKIE, THEME_COOKIE, THEMES, DeskDep
from api.pages.sessions import PageActorDep, SessionDep, own_page
from api.settings import delegations, users
from api.settings.deps import SettingsStoreDep
from api.settings.editing import writing
from api.settings.routes.delegations import DelegationView
from api.settings.routes.own_account import change_own_password
from models.access.users import OwnPasswordChange

WRONG_LOGIN = N_("The name or the password is wrong.")

Done = Annotated[str, Query(max_length=20)]

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
    refused: ApiError | None = None
    user = None
    try:
        user = await check.user(username.strip(), password)
    except TooManyRequests as error:
        refused = error
    if user is None:
        seconds = refused.headers["Retry-After"] if refused else None
        problem = (
            desk.text(N_("Too many failed attempts. Try again in %(seconds)s s."), seconds=seconds)
            if seconds
            else desk.text(WRONG_LOGIN)
        )
        return desk.page(
            "account/login.html.j2",
            status=refused.status if refused else HTTPStatus.UNAUTHORIZED,
            headers=dict(refused.headers) if refused else None,
            next_page=own_page(next),
            problem=problem,
            username=username.strip(),
        )
    response = RedirectResponse(own_page(next), HTTPStatus.SEE_OTHER)
    issued = TokenView.issued(tokens, user, now)
    session.begin(response, issued.token, state.settings.auth.token_hours * 3600)
    return response


@router.post("/logout")
async def sign_out(actor: PageActorDep, session: SessionDep, store: SettingsStoreDep) -> Response:
    """End the sessions of the user, also those of other devices, as the API's logout does."""
    async with writing(store, actor) as transaction:
        await users.end_sessions(transaction.connection, actor.username)
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    session.end(response)
    return response


@router.get("/me")
async def own_page_of(
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    now: NowDep,
    today: TodayDep,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the own account, with the delegations that stand or begin, and the own API keys."""
    rows = [DelegationView.of(row, today) for row in await delegations.visible(store, actor)]
    return desk.page(
        "account/me.html.j2",
        user=actor,
        delegations=[
            each
            for each in rows
            if actor.username in (each.delegator, each.delegate) and not each.revoked_at and each.valid_to >= today
        ],
        keys=await keys(store, actor.username),
        now=now,
        done=done,
    )


@router.get("/me/password")
async def password_page(_: PageActorDep, desk: DeskDep) -> Response:
    return form_response(desk, own_password_form(), {})


@router.post("/me/password")
async def change_password(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    check: PasswordCheckDep,
    passwords: PasswordsDep,
    store: SettingsStoreDep,
    tokens: TokensDep,
    session: SessionDep,
    state: StateDep,
    now: NowDep,
) -> Response:
    """Change the own password by the call of the API, and go on in this browser with the new token."""
    form = own_password_form()
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, typed = form_key(posted), read(tuple(form.fields), posted, desk.formats.zone)
    body, errors = body_of(OwnPasswordChange, typed.values)
    if not isinstance(body, OwnPasswordChange):
        return form_response(desk, form, {}, status=400, key=key, errors=errors)
    try:
        changed = (await change_own_password(body, actor, check, passwords, store, tokens, now)).data
    except ApiError as refused:
        return refused_response(desk, form, {}, key, refused)
    response = RedirectResponse("/me?done=password", HTTPStatus.SEE_OTHER)
    session.begin(response, changed.token, state.settings.auth.token_hours * 3600)
    return response


@router.post("/look")
async def look(
    session: SessionDep,
    language: Annotated[str, Form(max_length=10)] = "",
    theme: Annotated[str, Form(max_length=10)] = "",
    density: Annotated[str, Form(max_length=10)] = "",
    back: Annotated[str, Form(max_length=4000)] = "/",
) -> Response:
    """Remember the language, the theme and the height of rows in this browser, also before anybody has signed in."""
    response = RedirectResponse(own_page(back), HTTPStatus.SEE_OTHER)
    for name, value, known in (
        (COOKIE, language, LANGUAGES),
        (THEME_COOKIE, theme, THEMES),
        (DENSITY_COOKIE, density, DENSITIES),
    ):
        if value in known:
            session.remember(response, name, value)
    return response
