"""Costs without a resource: the list, and what persons settle about them, one by one or several at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.access.deps import Actor, require
from api.bills.calls.matches import forget_key, match_newest, settle_key
from api.bills.deps import Bills, Costs, Figures, LongReads
from api.bills.matching_schemas import SettledKey, SettledQuery, SettledView, Settlement, UnmatchedQuery, UnmatchedView
from api.bills.repository import BillRepository
from api.deps import StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError
from api.pages.bills import bill_words
from api.pages.bills.command_routes import CHANGING
from api.pages.bills.settling import Answer, answer_page, body_values, settle_form, settling_fields
from api.pages.forms.fields import body_of, read
from api.pages.forms.form_page import form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.lists import asked
from api.pages.rendering import DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.settings.cloud_repositories import CLOUD_RESOURCES
from api.settings.deps import SettingsStoreDep
from api.settings.store import SettingsStore
from api.uploads import UploadRoute
from models.access.roles import BOOKING_BILLS, CONFIGURING
from models.settings.area import SettingRefused

router = APIRouter(prefix="/bills/unmatched", include_in_schema=False, route_class=UploadRoute)

ADDRESS: Final = "/bills/unmatched"
PER_PAGE: Final = 25
MOST_BILLS: Final = 100
MOST_FIELDS: Final = 300
MOST_OFFERED: Final = 500


@dataclass(frozen=True)
class Row:
    """A chosen row of the list."""

    provider: str
    resource_key: str


@router.get("")
async def unmatched_page(
    request: Request, actor: PageActorDep, desk: DeskDep, costs: LongReads, figures: Figures, store: SettingsStoreDep
) -> Response:
    """Show what is unmatched in the newest versions of all bills, the most expensive first."""
    wanted = asked(request.query_params, UnmatchedQuery, ADDRESS, per_page={"per_page": PER_PAGE})
    number = request.query_params.get("page", "1")
    page = int(number) if number.isascii() and number.isdecimal() and 1 <= int(number) <= 1_000_000 else 1
    query = wanted.filters.model_copy(update={"page": page})
    rows, total = await costs.unmatched(query) if not wanted.errors else ([], 0)
    return desk.page(
        "bills/unmatched.html.j2",
        status=400 if wanted.errors else 200,
        rows=[UnmatchedView.of(row) for row in rows],
        total=total,
        asked=wanted,
        errors=wanted.errors,
        asked_for=request.query_params.get("added", ""),
        labels={"provider": N_("Provider")},
        providers=sorted({each.lower() for each in await figures.providers()}),
        resources=await _resources(store, query.provider),
        bill_words=bill_words,
        previous=_page_address(wanted.given, page - 1) if page > 1 else None,
        next=_page_address(wanted.given, page + 1) if page * PER_PAGE < total else None,
        may_settle=actor.role.includes(BOOKING_BILLS),
        may_configure=actor.role.includes(CONFIGURING),
    )


def _page_address(given: Any, page: int) -> str:
    return ADDRESS + url_query({**given, "page": str(page) if page > 1 else ""})


async def _resources(store: SettingsStore, provider: str | None = None) -> list[str]:
    """Return the short names of known resources, of one provider or of all."""
    found = (await store.all(CLOUD_RESOURCES)).values()
    names = {each.resource for each in found if provider is None or each.provider.lower() == provider}
    return sorted(names)[:MOST_OFFERED]


@router.get("/settle")
async def settle_page(
    actor: PageActorDep,
    desk: DeskDep,
    store: SettingsStoreDep,
    provider: Annotated[str, Query(max_length=60)] = "",
    key: Annotated[str, Query(max_length=700)] = "",
    resource: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Show the form that settles one key, filled in with the resource that was chosen."""
    require(actor, BOOKING_BILLS, CHANGING)
    texts = {"provider": provider, "resource_key": key, "resource": resource, "outcome": "matched" if resource else ""}
    return form_response(desk, settle_form(key, await _resources(store, provider.lower())), texts)


@router.post("/settle")
async def settle_one(request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    """Settle one key, and show which bills are to be matched again. A repetition changes nothing."""
    require(actor, BOOKING_BILLS, CHANGING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    resources = await _resources(store, _text(posted, "provider").lower())
    key, typed = form_key(posted), read(settling_fields(resources), posted, desk.formats.zone)
    form = settle_form(typed.texts["resource_key"], resources)
    try:
        body, errors = body_of(Settlement, body_values(typed.values))
    except SettingRefused as refused:
        body, errors = None, {refused.path: refused.message}
    if not isinstance(body, Settlement):
        return form_response(desk, form, typed.texts, status=400, key=key, errors=errors)
    try:
        answer = await _settled(body, store, actor)
    except EXPECTED as error:
        return refused_response(desk, form, typed.texts, key, expected_error(request, error))
    return answer_page(desk, [answer])


@router.post("")
async def settle_several(request: Request, actor: PageActorDep, desk: DeskDep, store: SettingsStoreDep) -> Response:
    """Settle the chosen rows one by one, and show the answer of each. A repetition changes nothing."""
    require(actor, BOOKING_BILLS, CHANGING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    form_key(posted)
    given = body_values({name: _text(posted, name) for name in ("outcome", "resource", "note") if _text(posted, name)})
    return answer_page(desk, [await _answer(request, row, given, store, actor) for row in _chosen(posted)])


@router.post("/match")
async def match_bills(
    request: Request, actor: PageActorDep, desk: DeskDep, state: StateDep, costs: Costs, bills: Bills
) -> Response:
    """Match the named bills again one by one, and show the answer of each."""
    require(actor, BOOKING_BILLS, CHANGING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    form_key(posted)
    ids = [each for each in posted.getlist("bill") if isinstance(each, str)][:MOST_BILLS]
    answers = [await _matched(request, bill_id, state, costs, bills) for bill_id in dict.fromkeys(ids)]
    return desk.page("bills/matched.html.j2", answers=answers)


@router.get("/settled")
async def settled_page(request: Request, actor: PageActorDep, desk: DeskDep, costs: Costs) -> Response:
    """Show what persons have settled, the newest first."""
    number = request.query_params.get("page", "1")
    page = int(number) if number.isascii() and number.isdecimal() and 1 <= int(number) <= 1_000_000 else 1
    rows, total = await costs.settled(SettledQuery(page=page, per_page=PER_PAGE))
    return desk.page(
        "bills/settled.html.j2",
        rows=[SettledView.model_validate(row) for row in rows],
        total=total,
        bill_words=bill_words,
        previous=f"{ADDRESS}/settled?page={page - 1}" if page > 1 else None,
        next=f"{ADDRESS}/settled?page={page + 1}" if page * PER_PAGE < total else None,
        may_settle=actor.role.includes(BOOKING_BILLS),
        is_forgotten=request.query_params.get("forgotten") == "true",
    )


@router.post("/forget")
async def forget(request: Request, actor: PageActorDep, store: SettingsStoreDep) -> Response:
    """Forget what was settled about a key. A repetition finds nothing more to forget and says so."""
    require(actor, BOOKING_BILLS, CHANGING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    form_key(posted)
    await forget_key(
        SettledKey(provider=_text(posted, "provider"), resource_key=_text(posted, "resource_key")), store, actor
    )
    return RedirectResponse(f"{ADDRESS}/settled?forgotten=true", 303)


async def _answer(request: Request, row: Row, given: dict[str, Any], store: SettingsStore, actor: Actor) -> Answer:
    """Settle one row, and return what came of it."""
    try:
        body, errors = body_of(Settlement, {"provider": row.provider, "resource_key": row.resource_key, **given})
    except SettingRefused as refused:
        return Answer(row.provider, row.resource_key, problem=refused.message)
    if not isinstance(body, Settlement):
        return Answer(row.provider, row.resource_key, problem="; ".join(errors.values()))
    try:
        return await _settled(body, store, actor)
    except EXPECTED as error:
        return Answer(row.provider, row.resource_key, problem=expected_error(request, error).message)


async def _settled(body: Settlement, store: SettingsStore, actor: Actor) -> Answer:
    done = await settle_key(body, store, actor)
    return Answer(done.provider, done.resource_key, done.outcome, done.resource, tuple(done.bills_to_match))


async def _matched(
    request: Request, bill_id: str, state: StateDep, costs: Costs, bills: BillRepository
) -> dict[str, Any]:
    row = await bills.bill(bill_id)
    name = row["number"] or row["provider_invoice_id"] if row is not None else bill_id
    try:
        found = await match_newest(bill_id, state, costs)
    except EXPECTED as error:
        failed: ApiError = expected_error(request, error)
        return {"id": bill_id, "name": name, "problem": failed.message, "found": None}
    return {"id": bill_id, "name": name, "problem": None, "found": found}


def _chosen(posted: FormData) -> Sequence[Row]:
    """Return the rows whose numbers are chosen, with the keys that stand in the form."""
    numbers = [each for each in posted.getlist("chosen") if isinstance(each, str)][:PER_PAGE]
    return [Row(_text(posted, f"provider.{number}"), _text(posted, f"resource_key.{number}")) for number in numbers]


def _text(posted: FormData, name: str) -> str:
    found = posted.get(name)
    return found.strip() if isinstance(found, str) else ""
