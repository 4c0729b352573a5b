"""The pages of partners: the list, one with its rates and KPI rules, and its settings as a form."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from activities.partners.order_store import OrderStore
from api.deps import StateDep, TodayDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, NotFound
from api.http.envelopes import ConflictDetails
from api.pages.forms.keys import form_key
from api.pages.orders import order_words
from api.pages.partners.dated_form import RULES, TARGETS
from api.pages.partners.dated_routes import ConfigurerDep, choices_of
from api.pages.partners.partner_form import FORMATS, GROUPS, fields_of, partner_of, texts_of, typed
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.settings.deps import SettingsStoreDep
from api.settings.editing import replace
from api.settings.partner_repositories import KPI_RULES, KPI_TARGETS, PARTNER_GROUPS, PARTNERS, RATE_CARDS
from api.settings.repositories import NUMBER_SERIES
from api.settings.schemas import ChangeView
from api.settings.store import ChangeSelection, SettingsStore, version
from api.uploads import UploadRoute
from models.access.roles import CONFIGURING, REPORTING
from models.partners.order_type import OrderType
from models.partners.settings import PartnerInput
from models.settings.area import Area
from models.settings.dated import is_valid_on

router = APIRouter(prefix="/partners", include_in_schema=False, route_class=UploadRoute)

MOST_CHANGES = 30
MOST_COUNTED = 20  # partners whose orders are counted on the list
NEW = "new"


@router.get("")
async def partners_page(desk: DeskDep, actor: PageActorDep, store: SettingsStoreDep, state: StateDep) -> Response:
    """List the partners with how they are invoiced and how many orders can be."""
    partners = await store.all(PARTNERS)
    orders = OrderStore(state.engines.queries)
    counted = {key: await orders.counts(key) for key in list(partners)[:MOST_COUNTED]}
    return desk.page(
        "partners/list.html.j2",
        partners=partners,
        groups=await store.all(PARTNER_GROUPS),
        counted=counted,
        formats_of=FORMATS,
        may_change=actor.role.includes(CONFIGURING),
        may_report=actor.role.includes(REPORTING),
    )


@router.get("/{key}")
async def partner_page(
    desk: DeskDep, actor: PageActorDep, store: SettingsStoreDep, state: StateDep, key: str, today: TodayDep
) -> Response:
    """Show the settings of a partner, the rates that concern it, its targets and rules, and who changed what."""
    partner = await _partner(store, key)
    changes, _ = await store.history(ChangeSelection(Area.PARTNERS, key), offset=0, limit=MOST_CHANGES)
    rates = await store.all(RATE_CARDS)
    rules, targets = await store.all(KPI_RULES), await store.all(KPI_TARGETS)
    concerned = {
        name: each
        for name, each in rates.items()
        if each.partner == key or (each.partner is None and each.group in (None, partner.group))
    }
    return desk.page(
        "partners/partner.html.j2",
        key=key,
        partner=partner,
        rates=_valid_first(concerned, today),
        rules={name: each for name, each in rules.items() if each.partner == key},
        targets={name: each for name, each in targets.items() if each.partner in (None, key)},
        changes=[ChangeView.of(each) for each in changes],
        counts=await OrderStore(state.engines.queries).counts(key),
        formats_of=FORMATS,
        may_change=actor.role.includes(CONFIGURING),
        today=today,
        is_valid=is_valid_on,
        order_words=order_words,
        order_types=list(OrderType),
        kpi_rules=RULES,
        kpi_targets=TARGETS,
    )


@router.get("/{key}/edit")
async def show_edit(desk: DeskDep, store: SettingsStoreDep, _: ConfigurerDep, key: str) -> Response:
    """Show the settings as a form; `new` is an empty one."""
    if key == NEW:
        usual = {"currency": "MYR", "payment_days": "45", "reminder_days": "-7 0 1 7 15", "zone": "Asia/Kuala_Lumpur"}
        flags = dict.fromkeys(GROUPS["Gate"], "true") | {"needs_review": "true", "invoice_format": "single_job"}
        return await _form(desk, store, key, usual | flags)
    partner = await _partner(store, key)
    return await _form(desk, store, key, texts_of(partner) | {"version": version(partner)})


@router.post("/{key}/edit")
async def edit(request: Request, desk: DeskDep, store: SettingsStoreDep, actor: ConfigurerDep, key: str) -> Response:
    """Write the settings. What was written by an earlier sending of the form is not written again."""
    posted = await request.form(max_files=0, max_fields=80)
    texts, sent = typed(posted), form_key(posted)
    target = texts.get("key_of_partner", "").upper() if key == NEW else key
    value, errors = partner_of(texts)
    if key == NEW and not target:
        errors["key_of_partner"] = "is required: 2 to 20 capital letters, digits and underscores, such as TIME"
    if value is None or errors:
        return await _form(desk, store, key, texts, 400, sent, errors)
    done = RedirectResponse(f"/partners/{target}", 303)
    if await store.one(PARTNERS, target) == value:
        return done
    try:
        await replace(store, actor, PARTNERS, target, value, texts.get("version") or None, Response())
    except EXPECTED as error:
        return await _refused(desk, store, key, texts, sent, expected_error(request, error))
    return done


async def _refused(
    desk: Desk, store: SettingsStore, key: str, texts: dict[str, str], sent: str, refused: ApiError
) -> Response:
    """Show what was typed beside what the settings are now, if somebody else has changed them."""
    errors = {each.path: each.message for each in refused.details} if isinstance(refused.details, list) else {}
    details = refused.details if isinstance(refused.details, ConflictDetails) else None
    now: Mapping[str, str] = {}
    if details and details.reason == "StaleVersion" and (current := await store.one(PARTNERS, key)):
        now = texts_of(current)
        texts["version"] = version(current)
    differing = [name for name in now if name in texts and now[name] != texts[name].replace("\r\n", "\n")]
    new_key = None if isinstance(refused, Conflict) else sent
    return await _form(desk, store, key, texts, int(refused.status), new_key, errors, refused, now, differing)


async def _form(
    desk: Desk,
    store: SettingsStore,
    key: str,
    texts: Mapping[str, str],
    status: int = 200,
    sent: str | None = None,
    errors: Mapping[str, str] | None = None,
    refused: ApiError | None = None,
    now: Mapping[str, str] | None = None,
    differing: list[str] | None = None,
) -> Response:
    choices = await choices_of(store)
    series: dict[str, Any] = await store.all(NUMBER_SERIES)
    return desk.page(
        "partners/edit.html.j2",
        status=status,
        key=key,
        is_new=key == NEW,
        groups=GROUPS,
        fields=fields_of(
            choices.groups, {name: f"{name} · {each.pattern}" for name, each in series.items()}, choices.taxes
        ),
        texts=texts,
        sent=sent,
        errors=errors or {},
        refused=refused,
        now=now or {},
        differing=differing or [],
    )


async def _partner(store: SettingsStore, key: str) -> PartnerInput:
    partner = await store.one(PARTNERS, key) if key.isprintable() else None
    if partner is None:
        raise NotFound(f"There is no partner {key}.")
    return partner


def _valid_first(rates: Mapping[str, Any], today: date) -> list[tuple[str, Any, bool]]:
    """Return the rates with whether each is valid today; those that are come first."""
    rows = [
        (key, each, is_valid_on(today, valid_from=each.valid_from, valid_to=each.valid_to, active=each.active))
        for key, each in rates.items()
    ]
    return sorted(rows, key=lambda row: (not row[2], row[1].partner is None, row[1].group is None, row[0]))
