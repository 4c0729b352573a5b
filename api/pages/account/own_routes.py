"""Pages for one's own account: password, delegations, API keys, language and look."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import PasswordCheckDep, PasswordsDep, TokensDep
from api.deps import NowDep, StateDep, TodayDep
from api.errors import ApiError
from api.http.decimal_json import DecimalJsonRoute
from api.pages.access.access_forms import MOST_FIELDS, own_password_form
from api.pages.access.key_routes import keys
from api.pages.forms.fields import body_of, read
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import COOKIE, LANGUAGES
from api.pages.rendering import DENSITIES, DENSITY_COOKIE, THEME_COOKIE, THEMES, DeskDep
from api.pages.sessions import PageActorDep, SessionDep, own_page
from api.settings import delegations
from api.settings.deps import SettingsStoreDep
from api.settings.routes.delegations import DelegationView
from api.settings.routes.own_account import change_own_password
from models.access.users import OwnPasswordChange

router = APIRouter(include_in_schema=False, route_class=DecimalJsonRoute)


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
