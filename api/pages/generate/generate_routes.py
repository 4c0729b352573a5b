"""The generator: select, edit, review. All state is in the address and the form; the last button makes the draft."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from api.access.deps import Actor, require
from api.contracts.invoicing import ContractInvoicesDep
from api.deps import StateDep, TodayDep
from api.documents.answers import page_answer
from api.error_handlers import EXPECTED, expected_error
from api.errors import Conflict, Invalid
from api.invoice.deps import InvoicesDep
from api.invoice.generation.drafts import generated
from api.pages.forms.keys import form_key
from api.pages.generate.prefill_form import Choice, Typed, typed_in, values_of, with_suggested_base
from api.pages.generate.selection import selection_page
from api.pages.generate.steps import (
    EDIT,
    REVIEW,
    Step,
    Tried,
    as_json,
    edit_page,
    existing_page,
    refused_page,
    review_page,
    totals_part,
    tried,
)
from api.pages.invoice.document_frame import framed
from api.pages.periods import asked_period
from api.pages.rendering import Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.reads import ReadsDep
from api.uploads import UploadRoute
from models.access.roles import DRAFTING
from models.documents.ports import PreviewInput
from models.invoice.content.content import Content, prefill_digest
from models.invoice.invoice import Invoice
from models.values.request_fingerprint import idempotency_key_of

router = APIRouter(prefix="/generate", include_in_schema=False, route_class=UploadRoute)

MOST_FIELDS = 5000


async def drafter(actor: PageActorDep) -> Actor:
    require(actor, DRAFTING, "drafting")
    return actor


PageDrafterDep = Annotated[Actor, Depends(drafter)]


async def choice(
    request: Request, today: TodayDep, application_key: Annotated[str, Query(max_length=50)] = ""
) -> Choice:
    """Return the contract and the period of the address. Raise Invalid if the period is none."""
    asked = asked_period(request.query_params, today)
    if asked.error:
        raise Invalid.at("period", asked.error)
    return Choice(application_key.strip(), asked.period)


ChoiceDep = Annotated[Choice, Depends(choice)]
StepQuery = Annotated[str, Query(max_length=2)]


@router.get("")
async def show(
    request: Request,
    desk: DeskDep,
    _: PageDrafterDep,
    reads: ReadsDep,
    repository: InvoicesDep,
    invoices: ContractInvoicesDep,
    today: TodayDep,
    application_key: Annotated[str, Query(max_length=50)] = "",
    step: StepQuery = "",
) -> Response:
    """Show the step of the address: the choice of a contract, or the prefill result as it is computed now."""
    asked = asked_period(request.query_params, today)
    if not application_key.strip() or step not in (EDIT, REVIEW) or asked.error:
        return await selection_page(request, desk, reads, invoices, today, asked)
    chosen = Choice(application_key.strip(), asked.period)
    if existing := await repository.standing(chosen.application_key, chosen.period):
        return existing_page(desk, chosen, existing)
    try:
        computed = await reads.draft(chosen.application_key, chosen.period, today)
    except EXPECTED as error:
        return refused_page(desk, chosen, expected_error(request, error), None, step)
    return _shown(tried(Step(desk, chosen, computed, Typed({}, values_of(computed)))), step)


@router.post("")
async def go_on(
    request: Request,
    desk: DeskDep,
    actor: PageDrafterDep,
    state: StateDep,
    reads: ReadsDep,
    repository: InvoicesDep,
    today: TodayDep,
    chosen: ChoiceDep,
    step: StepQuery = EDIT,
) -> Response:
    """Show the step that was asked for with what was typed, or make the draft."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key = form_key(posted)
    if existing := await repository.standing(chosen.application_key, chosen.period):
        if _was_made_by(existing, key):
            return RedirectResponse(f"/invoices/{existing.id}", HTTPStatus.SEE_OTHER)
        return existing_page(desk, chosen, existing, HTTPStatus.CONFLICT)
    try:
        computed = await reads.draft(chosen.application_key, chosen.period, today)
    except EXPECTED as error:
        return refused_page(desk, chosen, expected_error(request, error), posted, step)
    found = tried(_step_of(desk, chosen, computed, posted, key), _confirmed(posted))
    if "make" not in posted or found.draft is None or found.found.body is None or found.step.earlier is not None:
        return _shown(found, step)
    try:
        made = await generated(state, repository, actor, key, today, found.found.body)
    except EXPECTED as error:
        return review_page(found, expected_error(request, error))
    done = f"?done={made.invoice.revision}" if made.is_from_this_request else ""
    return RedirectResponse(f"/invoices/{made.invoice.id}{done}", HTTPStatus.SEE_OTHER)


@router.post("/totals")
async def totals(
    request: Request, desk: DeskDep, _: PageDrafterDep, reads: ReadsDep, today: TodayDep, chosen: ChoiceDep
) -> Response:
    """Answer the totals that the form would make, with what is wrong in it. Nothing is stored."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    computed = await reads.draft(chosen.application_key, chosen.period, today)
    if "was" not in posted:  # the grid sends only what changed
        posted = FormData([*posted.multi_items(), ("was", as_json(values_of(computed)))])
    return totals_part(tried(Step(desk, chosen, computed, typed_in(posted))))


@router.post("/page")
async def printed_page(
    request: Request, desk: DeskDep, _: PageDrafterDep, reads: ReadsDep, today: TodayDep, chosen: ChoiceDep
) -> Response:
    """Answer the page of the draft as it would print, for the frame of the review."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    computed = await reads.draft(chosen.application_key, chosen.period, today)
    found = tried(_step_of(desk, chosen, computed, posted, None))
    if found.draft is None:
        raise found.refused or Conflict("Some fields need another look; go back to the form.")
    return framed(request, await page_answer(PreviewInput(content=found.draft.content), reads))


def _shown(found: Tried, step: str) -> Response:
    """Return the page of the step; the form as long as a field prevents the draft, or something typed has no place."""
    if step != REVIEW or found.draft is None or found.step.dropped:
        return edit_page(found)
    return review_page(found)


def _step_of(desk: Desk, chosen: Choice, computed: Content, posted: FormData, key: str | None) -> Step:
    """Return the step with what was typed, also if the contract's data makes another draft meanwhile."""
    typed, earlier = typed_in(posted), None
    if posted.get("digest") != prefill_digest(computed):
        typed, earlier = typed.on(computed), typed
    if "use_base" in posted:
        typed = with_suggested_base(typed, computed)
    return Step(desk, chosen, computed, typed, key, earlier, is_posted=True)


def _was_made_by(invoice: Invoice, key: str) -> bool:
    """Return whether the last button of this form has made the invoice: after a double click, or a reload."""
    return idempotency_key_of(invoice.request.request_fingerprint or "") == f"generate:{key}"


def _confirmed(posted: FormData) -> tuple[str, ...]:
    return tuple(each for each in posted.getlist("confirmed_warnings") if isinstance(each, str))
