"""The page of delegations: who acts for whom, until when; one's own can be made and ended here."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import NowDep, TodayDep
from api.errors import ApiError, Forbidden, Invalid, NotFound
from api.pages.invoice.command_forms import FORMS
from api.pages.languages import N_
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.pages.settings.areas import DELEGATIONS
from api.pages.settings.fields import Control, SettingField
from api.pages.settings.forms import Group, SettingForm, read
from api.settings import delegations
from api.settings.deps import SettingsStoreDep
from api.settings.routes.delegations import DelegationView
from api.uploads import UploadRoute
from models.access.roles import ADMINISTERING, Role
from models.invoice.delegations.delegation import NewDelegation
from models.invoice.permissions import may
from models.invoice.status import CommandName

ADDRESS = DELEGATIONS.address
USUAL_DAYS = timedelta(days=14)

router = APIRouter(prefix=ADDRESS, include_in_schema=False, route_class=UploadRoute)


@router.get("")
async def delegations_page(
    request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep, today: TodayDep
) -> Response:
    """Show one's own delegations and those to oneself; an admin sees all."""
    found = [DelegationView.of(row, today) for row in await delegations.visible(store, actor)]
    done = request.query_params.get("done", "")
    return desk.page(
        "settings/delegations.html.j2",
        page=DELEGATIONS,
        rows=found,
        may_end={each.id for each in found if _may_end(each, actor.username, actor.role)},
        today=today,
        commands=_labels(),
        done=next((each for each in found if each.id == done), None),
    )


@router.get("/new")
async def new_page(actor: PageActorDep, desk: DeskDep, today: TodayDep) -> Response:
    """Show the form of a new delegation, from today for two weeks."""
    form = form_of(actor.role)
    texts = form.defaults() | {"valid_from": today.isoformat(), "valid_to": (today + USUAL_DAYS).isoformat()}
    return _form_page(desk, form, texts)


@router.post("/new")
async def make(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    now: NowDep,
    today: TodayDep,
) -> Response:
    """Make the delegation. The same form that is sent twice makes one."""
    form = form_of(actor.role)
    texts = {**form.defaults(), **read(form, await request.form(max_files=0))}
    values, errors = form.body(texts)
    body, found = form.validated(values) if not errors else (None, {})
    errors |= found
    if body is None:
        return _form_page(desk, form, texts, errors, status=400)
    delegator = body.delegator or actor.username
    for row in await delegations.visible(store, actor):
        each = DelegationView.of(row, today)
        if each.delegator == delegator and each.revoked_at is None and _is_same(each, body):
            return RedirectResponse(ADDRESS + url_query({"done": each.id}), 303)
    try:
        made = await delegations.delegate(store, actor, body, now, today)
    except (Invalid, Forbidden) as refused:
        details = {each.path: each.message for each in refused.details} if isinstance(refused.details, list) else {}
        return _form_page(desk, form, texts, form.placed(details), refused, status=int(refused.status))
    return RedirectResponse(ADDRESS + url_query({"done": made.id}), 303)


@router.post("/{delegation_id}/end")
async def end(delegation_id: str, actor: PageActorDep, store: SettingsStoreDep, now: NowDep) -> Response:
    """End the delegation. One that has been ended before is no error."""
    known = {row.id: row for row in await delegations.visible(store, actor)}
    if delegation_id not in known:
        raise NotFound(f"There is no delegation {delegation_id}.")
    if known[delegation_id].revoked_at is None:
        await delegations.end(store, actor, delegation_id, now)
    return RedirectResponse(ADDRESS + url_query({"done": delegation_id}), 303)


def form_of(role: Role) -> SettingForm:
    """Return the form with the commands that the role may give; an admin may also name another delegator."""
    options = {name.value: label for name, label in _labels().items() if may(role, name)}
    of_admin = (SettingField("delegator", N_("In whose name"), hint=N_("Empty: your own")),)
    fields = (
        SettingField("delegate", N_("Who acts"), hint=N_("The name of a user")),
        SettingField("commands", N_("Which commands"), Control.CHOICES, options=options),
        SettingField("valid_from", N_("From"), Control.DAY),
        SettingField("valid_to", N_("Last day"), Control.DAY),
        SettingField("reason", N_("Reason"), hint=N_("Such as a holiday"), longest=500),
    )
    return SettingForm(NewDelegation, (Group("", (*(of_admin if role.includes(ADMINISTERING) else ()), *fields)),))


def _form_page(
    desk: Desk,
    form: SettingForm,
    texts: dict[str, str],
    errors: dict[str, str] | None = None,
    refused: ApiError | None = None,
    status: int = 200,
) -> Response:
    return desk.page(
        "settings/new_delegation.html.j2",
        status=status,
        page=DELEGATIONS,
        form=form,
        texts=texts,
        errors={name: desk.told(message) for name, message in (errors or {}).items()},
        labels={each.name: desk.text(each.label) for each in form.fields},
        refused=None if errors else refused,
    )


def _labels() -> dict[CommandName, str]:
    return {name: form.label for name, form in FORMS.items()}


def _may_end(view: DelegationView, username: str, role: Role) -> bool:
    is_theirs = view.delegator == username or role.includes(ADMINISTERING)
    return is_theirs and view.revoked_at is None


def _is_same(view: DelegationView, body: NewDelegation) -> bool:
    given = (body.delegate, list(body.commands), body.valid_from, body.valid_to)
    return (view.delegate, view.commands, view.valid_from, view.valid_to) == given
