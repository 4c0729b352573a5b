"""The pages of dated settings: one with its history, add, correct, enter what follows, delete before it begins.

A change names the version that was read. A form that is sent again and finds exactly what it asked for leads to it.
"""

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor, require
from api.deps import TodayDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, NotFound
from api.http.envelopes import ConflictDetails
from api.pages.forms.fields import Control, FormField, Typed, read
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.orders import order_words
from api.pages.partners.dated_form import RATES, Choices, DatedForm
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.settings.dated import add, correct, remove_future, supersede
from api.settings.deps import SettingsStoreDep
from api.settings.partner_repositories import PARTNER_GROUPS, PARTNERS
from api.settings.repositories import ISSUER
from api.settings.schemas import ChangeView
from api.settings.store import ChangeSelection, SettingsStore, version
from api.uploads import UploadRoute
from models.access.roles import CONFIGURING
from models.settings.dated import DatedInput

R = TypeVar("R", bound=DatedInput)

MOST_CHANGES = 100
_VERSION = FormField("version", "", Control.HIDDEN)


async def configurer(actor: PageActorDep) -> Actor:
    require(actor, CONFIGURING, "changing settings")
    return actor


ConfigurerDep = Annotated[Actor, Depends(configurer)]


async def choices_of(store: SettingsStore) -> Choices:
    partners, groups = await store.all(PARTNERS), await store.all(PARTNER_GROUPS)
    issuer = await store.one(ISSUER, ISSUER.KEY)
    return Choices(
        {key: f"{key} · {each.name}" for key, each in partners.items()},
        {key: f"{key} · {each.name}" for key, each in groups.items()},
        {tax.code: tax.code for tax in issuer.taxes} if issuer else {},
    )


async def found(store: SettingsStore, form: DatedForm[R], key: str) -> R:
    setting = await store.one(form.repository, key) if key.isprintable() else None
    if setting is None:
        raise NotFound(f"There is no setting {key}.")
    return setting


def router_of(form: DatedForm[Any]) -> APIRouter:
    """Return the routes of one kind of dated settings."""
    router = APIRouter(prefix=form.address, include_in_schema=False, route_class=UploadRoute)

    @router.get("/new")
    async def show_new(
        request: Request, desk: DeskDep, store: SettingsStoreDep, _: ConfigurerDep, today: TodayDep
    ) -> Response:
        names = {each.name for each in form.own}
        given = {name: text for name, text in request.query_params.items() if name in names}
        texts = {"active": "true", "valid_from": today.isoformat(), "currency": "MYR", "unit": "amount", **given}
        return form_response(desk, await _page(form, form.new, f"{form.address}/new", store), texts)

    @router.post("/new")
    async def add_setting(request: Request, desk: DeskDep, store: SettingsStoreDep, actor: ConfigurerDep) -> Response:
        page = await _page(form, form.new, f"{form.address}/new", store)
        return await _write(request, desk, store, actor, form, page, None)

    @router.get("/{key}")
    async def show_setting(desk: DeskDep, store: SettingsStoreDep, actor: PageActorDep, key: str) -> Response:
        setting = await found(store, form, key)
        changes, _ = await store.history(ChangeSelection(form.repository.area, key), offset=0, limit=MOST_CHANGES)
        return desk.page(
            "partners/setting.html.j2",
            form=form,
            key=key,
            setting=setting,
            texts=form.texts_of(setting),
            fields=form.fields(Choices({}, {}, {})),
            changes=[ChangeView.of(each) for each in changes],
            may_change=actor.role.includes(CONFIGURING),
            order_words=order_words,
        )

    @router.get("/{key}/edit")
    async def show_edit(desk: DeskDep, store: SettingsStoreDep, _: ConfigurerDep, key: str) -> Response:
        setting = await found(store, form, key)
        texts = {**form.texts_of(setting), "version": version(setting)}
        return form_response(desk, await _page(form, form.change, f"{form.address}/{key}/edit", store, key), texts)

    @router.post("/{key}/edit")
    async def edit_setting(
        request: Request, desk: DeskDep, store: SettingsStoreDep, actor: ConfigurerDep, key: str
    ) -> Response:
        page = await _page(form, form.change, f"{form.address}/{key}/edit", store, key)
        return await _write(request, desk, store, actor, form, page, key)

    @router.get("/{key}/follow")
    async def show_follow(desk: DeskDep, store: SettingsStoreDep, _: ConfigurerDep, key: str) -> Response:
        setting = await found(store, form, key)
        later = {"valid_from": "", "valid_to": "", "version": version(setting)}
        page = await _page(form, form.follow, f"{form.address}/{key}/follow", store, key)
        return form_response(desk, page, {**form.texts_of(setting), **later})

    @router.post("/{key}/follow")
    async def follow_setting(
        request: Request, desk: DeskDep, store: SettingsStoreDep, actor: ConfigurerDep, key: str
    ) -> Response:
        page = await _page(form, form.follow, f"{form.address}/{key}/follow", store, key)
        return await _write(request, desk, store, actor, form, page, key, follows=True)

    @router.get("/{key}/delete")
    async def show_delete(desk: DeskDep, store: SettingsStoreDep, _: ConfigurerDep, key: str) -> Response:
        setting = await found(store, form, key)
        return form_response(desk, _deletion(form, key), {"version": version(setting)})

    @router.post("/{key}/delete")
    async def delete_setting(
        request: Request, desk: DeskDep, store: SettingsStoreDep, actor: ConfigurerDep, key: str, today: TodayDep
    ) -> Response:
        posted = await request.form(max_files=0, max_fields=10)
        expected = str(posted.get("version", ""))
        back = RedirectResponse(_list_of(form), 303)
        if await store.one(form.repository, key) is None:
            return back  # it was deleted by an earlier sending of this form
        try:
            await remove_future(store, actor, form.repository, key, expected, today)
        except EXPECTED as error:
            refused = expected_error(request, error)
            return refused_response(desk, _deletion(form, key), {"version": expected}, form_key(posted), refused)
        return back

    return router


async def _write(
    request: Request,
    desk: Desk,
    store: SettingsStore,
    actor: Actor,
    form: DatedForm[R],
    page: FormPage,
    key: str | None,
    *,
    follows: bool = False,
) -> Response:
    """Write what was typed, or show the form again with what is wrong, or with what somebody else has changed."""
    posted = await request.form(max_files=0, max_fields=60)
    sent = form_key(posted)
    typed = read(tuple(page.fields), posted, desk.formats.zone)
    expected = typed.texts.get("version") or None
    values = {name: each for name, each in typed.values.items() if name != "version"}
    value, errors = (None, dict(typed.errors)) if typed.errors else form.value_of(Typed(typed.texts, values, {}))
    if value is None:
        return form_response(desk, page, typed.texts, 400, sent, errors)
    target = value.key if key is None or follows else key
    done = RedirectResponse(f"{form.address}/{target}", 303)
    if await store.one(form.repository, target) == value:
        return done
    answer = Response()
    try:
        if key is None:
            await add(store, actor, form.repository, value, answer)
        elif follows:
            await supersede(store, actor, form.repository, key, value, expected, answer)
        else:
            await correct(store, actor, form.repository, key, value, expected, answer)
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _refused(desk, store, form, page, dict(typed.texts), sent, refused, key)
    return done


async def _refused(
    desk: Desk,
    store: SettingsStore,
    form: DatedForm[R],
    page: FormPage,
    texts: dict[str, str],
    sent: str,
    refused: ApiError,
    key: str | None,
) -> Response:
    """Show what was typed beside what the setting is now, if somebody else has changed it."""
    details = refused.details if isinstance(refused.details, ConflictDetails) else None
    current = await store.one(form.repository, key) if key else None
    now: dict[str, str] = {}
    if isinstance(refused, Conflict) and details and details.reason == "StaleVersion" and current is not None:
        now = form.texts_of(current)
        texts["version"] = version(current)
    differing = [
        (field, now[field.name], texts.get(field.name, ""))
        for field in page.fields
        if field.name in now and now[field.name] != texts.get(field.name, "")
    ]
    return refused_response(desk, page, texts, sent, refused, template="partners/dated.html.j2", differing=differing)


async def _page(
    form: DatedForm[Any], label: str, address: str, store: SettingsStore, key: str | None = None
) -> FormPage:
    return FormPage(
        label=label,
        busy=N_("Saving…"),
        text="",
        fields=(*form.fields(await choices_of(store)), *((_VERSION,) if key else ())),
        address=address,
        cancel=f"{form.address}/{key}" if key else _list_of(form),
        about=(key,) if key else (),
    )


def _deletion(form: DatedForm[Any], key: str) -> FormPage:
    return FormPage(
        label=N_("Delete"),
        busy=N_("Deleting…"),
        text=N_("Only what has not begun can be deleted; anything else is ended by its last day."),
        fields=(_VERSION,),
        address=f"{form.address}/{key}/delete",
        cancel=f"{form.address}/{key}",
        about=(key,),
        is_dangerous=True,
    )


def _list_of(form: DatedForm[Any]) -> str:
    return form.address if form is RATES else "/partners"
