"""The form of a new quote, and the edit of a draft."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import require
from api.deps import NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, Unavailable, Unknown
from api.pages.forms.fields import body_of
from api.pages.forms.keys import form_key
from api.pages.languages import N_
from api.pages.quotes.content_fields import (
    CUSTOMER,
    DISCOUNT,
    LETTER,
    LINE_FIELDS,
    NEW_LINES,
    ONLY_NEW,
    TERMS,
    lines_of,
    rows_of,
    texts_of,
    typed_rows,
    values_of,
)
from api.pages.quotes.deps import PageQuoteDep
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.quotes import calls
from api.quotes.bodies import EditQuoteBody, NewQuote
from api.quotes.command_call import QuoteCall
from api.quotes.deps import CalculationsDep, DraftingDep, QuotesDep
from api.quotes.quote_repository import QuoteRef
from api.quotes.repository import Calculations
from api.settings.deps import IssuerZoneDep
from api.uploads import UploadRoute
from models.access.roles import DRAFTING
from models.quotes.quote.preconditions import reason_not_allowed
from models.quotes.quote.status import LEAST_ROLE, QuoteCommandName

router = APIRouter(prefix="/quotes", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 6000
MOST_CALCULATIONS = 100
_EDITED = (*TERMS, *DISCOUNT, *CUSTOMER, *LETTER)
_PROPOSED = {"language": "en", "payment_days": "45", "taxed": "true", "reminder_days": "7, 1"}
_EDITING = "edit of a quote"


@router.get("/new")
async def new_page(
    desk: DeskDep,
    actor: PageActorDep,
    saved: CalculationsDep,
    calculation_id: Annotated[str, Query(max_length=32)] = "",
    scenario: Annotated[str, Query(max_length=100)] = "",
    invoice_id: Annotated[str, Query(max_length=36)] = "",
    application_key: Annotated[str, Query(max_length=50)] = "",
) -> Response:
    """Show an empty quote, or one with the lines of the calculation or the invoice that the address names."""
    require(actor, DRAFTING, _EDITING)
    known = {
        "calculation_id": calculation_id,
        "scenario": scenario,
        "invoice_id": invoice_id,
        "application_key": application_key,
    }
    return await _new(desk, saved, {**_PROPOSED, **known}, [])


@router.post("/new")
async def make(
    request: Request,
    desk: DeskDep,
    actor: PageActorDep,
    saved: CalculationsDep,
    drafting: DraftingDep,
    quotes: QuotesDep,
    state: StateDep,
    zone: IssuerZoneDep,
    now: NowDep,
) -> Response:
    """Make the draft and show it. The same form sent again leads to the same draft."""
    require(actor, DRAFTING, _EDITING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, rows = form_key(posted), typed_rows(posted)
    texts, values, errors = values_of((*_EDITED, *ONLY_NEW), posted, desk.formats.zone)
    lines, wrong = lines_of(rows, desk.formats.zone)
    errors |= wrong
    body, found = body_of(NewQuote, _new_values(values, lines)) if not errors else (None, {})
    errors |= found
    if not isinstance(body, NewQuote):
        return await _new(desk, saved, texts, rows, key=key, status=400, errors=errors)
    try:
        made = await calls.QuoteMaking(state, quotes, drafting, actor, zone, now).make(body, key)
    except EXPECTED as error:
        refused = expected_error(request, error)
        return await _new(desk, saved, texts, rows, key=key, status=refused.status, refused=refused)
    return RedirectResponse(f"/quotes/{made.id}", 303)


@router.get("/{quote_id}/edit")
async def edit_page(desk: DeskDep, actor: PageActorDep, quote: PageQuoteDep, now: NowDep) -> Response:
    """Show the draft as a form, or why it cannot be edited."""
    require(actor, LEAST_ROLE[QuoteCommandName.EDIT], _EDITING)
    if reason := reason_not_allowed(quote, QuoteCommandName.EDIT, now):
        raise Conflict(reason)
    texts = {**texts_of(quote.content), "expected_revision": str(quote.revision)}
    return _page(desk, texts, rows_of(quote.content.lines), quote_id=quote.id)


@router.post("/{quote_id}/edit")
async def edit(
    request: Request,
    desk: DeskDep,
    actor: PageActorDep,
    quote: PageQuoteDep,
    quotes: QuotesDep,
    drafting: DraftingDep,
    state: StateDep,
) -> Response:
    """Save the draft. After a refusal, also one because somebody else has changed it, what was typed stays."""
    require(actor, LEAST_ROLE[QuoteCommandName.EDIT], _EDITING)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, rows = form_key(posted), typed_rows(posted)
    texts, values, errors = values_of(_EDITED, posted, desk.formats.zone)
    lines, wrong = lines_of(rows, desk.formats.zone)
    revision = str(posted.get("expected_revision", ""))
    texts["expected_revision"] = revision
    values |= {"lines": lines, "expected_revision": int(revision) if revision.isdecimal() else revision}
    if not values.get("customer", {}).get("name"):
        values.pop("customer", None)
    if "discount" not in values:
        values["remove_discount"] = True
    errors |= wrong
    body, found = body_of(EditQuoteBody, values) if not errors else (None, {})
    errors |= found
    if not isinstance(body, EditQuoteBody):
        return _page(desk, texts, rows, quote_id=quote.id, key=key, status=400, errors=errors)
    call = QuoteCall(state, quotes, actor, QuoteRef(quote.id, quote.workflow_id), key)
    try:
        done = (await calls.edit(call, drafting, body)).data
    except EXPECTED as error:
        refused = expected_error(request, error)
        current = await call.recorded()
        if isinstance(refused, Conflict):
            texts["expected_revision"] = str(current.revision)
        return _page(desk, texts, rows, quote_id=quote.id, key=key, status=refused.status, refused=refused)
    return RedirectResponse(f"/quotes/{quote.id}{url_query({'done': done.revision, **desk.carried})}", 303)


def _new_values(values: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body of a new quote: the lines of a calculation or an invoice come before the typed ones."""
    chosen = {"calculation_id", "scenario", "invoice_id"}
    body = {name: value for name, value in values.items() if name not in chosen}
    taken: list[Mapping[str, Any]] = []
    if calculation_id := values.get("calculation_id"):
        scenario = {"scenario": values["scenario"]} if values.get("scenario") else {}
        taken.append({"kind": "calculation", "calculation_id": calculation_id, **scenario})
    if invoice_id := values.get("invoice_id"):
        taken.append({"kind": "invoice", "invoice_id": invoice_id})
    if not body.get("customer", {}).get("name"):
        body.pop("customer", None)
    return {**body, "lines": [*taken, *lines]}


async def _new(
    desk: Desk, saved: Calculations, texts: Mapping[str, str], rows: Sequence[Mapping[str, str]], **more: Any
) -> Response:
    calculations, _ = await saved.page(0, MOST_CALCULATIONS)
    return _page(desk, texts, rows, calculations=calculations, **more)


def _page(
    desk: Desk,
    texts: Mapping[str, str],
    rows: Sequence[Mapping[str, str]],
    quote_id: str | None = None,
    calculations: Sequence[Mapping[str, Any]] = (),
    key: str | None = None,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    refused: ApiError | None = None,
) -> Response:
    return desk.page(
        "quotes/edit.html.j2",
        status=status,
        quote_id=quote_id,
        groups=(
            (N_("Offer"), TERMS),
            (N_("Discount of the whole quote"), DISCOUNT),
            (N_("Client"), CUSTOMER),
            (N_("Letter"), LETTER),
            *(((N_("Currency, tax and lines"), ONLY_NEW),) if quote_id is None else ()),
        ),
        line_fields=LINE_FIELDS,
        rows=[*rows, *({} for _ in range(NEW_LINES))],
        texts=texts,
        calculations={each["id"]: each["name"] for each in calculations},
        key=None if isinstance(refused, Conflict) else key,
        errors=errors or {},
        refused=refused,
        is_down=isinstance(refused, Unavailable),
        is_unknown=isinstance(refused, Unknown),
    )
