"""The pages of the audit trail. All of their state is in the address."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.audit.deps import EventReadsDep, VerificationsDep
from api.audit.filters import EventFilter
from api.audit.schemas import InvoiceEventView
from api.errors import Forbidden, Invalid
from api.http.envelopes import Page
from api.pages import actions
from api.pages.languages import N_
from api.pages.lists import PER_PAGE, Asked, Chip, asked, chip
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.pages.settings.areas import SECTIONS
from api.pages.words import STATUSES
from api.settings.company.history import changes, hidden_areas
from api.settings.deps import IssuerZoneDep, SettingsStoreDep
from api.settings.schemas import ChangeFilter, ChangeView
from models.settings.area import Area

router = APIRouter(prefix="/audit", include_in_schema=False)

EVENTS, CHANGES, CHECK = "/audit", "/audit/settings", "/audit/verify"
TABS = ((N_("Invoices"), EVENTS), (N_("Settings"), CHANGES), (N_("Check of the chains"), CHECK))
EVENT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "by": N_("Person"),
        "action": N_("Action"),
        "day_from": N_("From day"),
        "day_to": N_("To day"),
        "invoice": N_("Invoice"),
    }
)
CHANGE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "by": N_("Person"),
        "area": N_("Area"),
        "key": N_("Key"),
        "day_from": N_("From day"),
        "day_to": N_("To day"),
    }
)
AREAS: Mapping[Area, str] = MappingProxyType(
    {page.area: page.label for section in SECTIONS for page in section.pages}
    | {Area.SETTLED_MATCHES: N_("Settled resources")}
)


@router.get("")
async def events_page(
    request: Request, _: PageActorDep, desk: DeskDep, events: EventReadsDep, zone: IssuerZoneDep
) -> Response:
    """Show who did what in which invoice, the newest first."""
    wanted = asked(request.query_params, EventFilter, EVENTS)
    errors = dict(wanted.errors)
    rows: list[InvoiceEventView] = []
    following = None
    if not errors:
        try:
            rows, following = await events.page(wanted.filters, zone)
        except Invalid as error:  # the cursor is of another list
            errors["cursor"] = error.message
    known = dict(actions.ACTIONS)
    if (given := wanted.given.get("action")) and given not in known:
        known[given] = given
    return desk.page(
        "audit/events.html.j2",
        status=400 if errors else 200,
        tabs=TABS,
        asked=wanted,
        errors=errors,
        rows=rows,
        chips=_chips(desk, wanted, EVENT_LABELS, {"action": known}),
        labels=EVENT_LABELS,
        known=known,
        actions=actions,
        statuses={status.value: text for status, text in STATUSES.items()},
        rows_of=lambda **fields: EVENTS + url_query(wanted.with_(**fields)),
        first=EVENTS + url_query(wanted.with_()) if "cursor" in wanted.given else None,
        next=wanted.at(following),
    )


@router.get("/settings")
async def changes_page(
    request: Request,
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """Show who changed which setting, the newest first."""
    wanted = asked(request.query_params, ChangeFilter, CHANGES, per_page={"per_page": PER_PAGE, "page": page})
    errors = dict(wanted.errors)
    found: Page[ChangeView] | None = None
    if not errors:
        try:
            found = await changes(store, actor, wanted.filters)
        except Forbidden as error:
            errors["area"] = error.message
    total = found.meta.total if found else 0
    hidden = await hidden_areas(store, actor)
    return desk.page(
        "audit/changes.html.j2",
        status=403 if "area" in errors and not wanted.errors else 400 if errors else 200,
        tabs=TABS,
        asked=wanted,
        errors=errors,
        rows=found.data if found else [],
        total=total,
        areas=AREAS,
        chosen={area.value: text for area, text in AREAS.items() if area not in hidden},
        chips=_chips(desk, wanted, CHANGE_LABELS, {"area": AREAS}),
        labels=CHANGE_LABELS,
        rows_of=lambda **fields: CHANGES + url_query(wanted.with_(**fields)),
        previous=CHANGES + url_query(wanted.with_(page=page - 1)) if page > 1 else None,
        next=CHANGES + url_query(wanted.with_(page=page + 1)) if page * PER_PAGE < total else None,
    )


def _chips(
    desk: Desk, wanted: Asked[Any], labels: Mapping[str, str], words: Mapping[str, Mapping[Any, str]]
) -> list[Chip]:
    return [each for name, label in labels.items() for each in chip(desk, wanted, name, label, words.get(name))]


@router.get("/verify")
async def check_page(
    _: PageActorDep,
    desk: DeskDep,
    checks: VerificationsDep,
    begin: Annotated[str, Query(max_length=10)] = "",
    cursor: Annotated[str | None, Query(max_length=20_000)] = None,
) -> Response:
    """Check a part of the chains when it is asked for; the page then asks for the next part by itself."""
    found = await checks.next(cursor) if begin or cursor else None
    following = CHECK + url_query({"cursor": found.next_cursor}) if found and found.next_cursor else None
    return desk.page("audit/check.html.j2", tabs=TABS, found=found, next=following)
