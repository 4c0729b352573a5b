"""Routes to preview, create and read an invoice."""

from fastapi import APIRouter, Response

from api.access.deps import ActorDep, DrafterDep, OnBehalfDep
from api.deps import KeyDep, StateDep, TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.bodies import Generate, Prefill
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.full_view import full_view
from api.invoice.generation.drafts import generated
from api.invoice.prefill_schemas import PrefillView
from api.invoice.schemas import InvoiceView
from api.reads import ReadsDep

router = APIRouter(prefix="/invoices", tags=["invoices"], route_class=DecimalJsonRoute)


@router.post("/prefill", summary="Preview an invoice", responses=errors(400, 401, 403, 404, 409, 500, 503))
async def prefill(body: Prefill, reads: ReadsDep, _: DrafterDep, today: TodayDep) -> Envelope[PrefillView]:
    """Computes the draft without storing it. A period without worklogs has zero amounts. Work that stands on an invoice
    for another period is left out; `warnings` names it."""
    content = await reads.draft(body.application_key, body.period(today), today)
    return Envelope(data=PrefillView.of(content))


@router.post(
    "/generate",
    status_code=201,
    summary="Create a draft",
    responses={
        200: {"model": Envelope[InvoiceView], "description": "The same invoice exists already."},
        **errors(400, 401, 403, 404, 409, 500, 503, 504),
    },
)
async def generate(
    body: Generate,
    state: StateDep,
    repository: InvoicesDep,
    user: DrafterDep,
    key: KeyDep,
    today: TodayDep,
    response: Response,
) -> Envelope[InvoiceView]:
    """Creates a draft. A contract has one invoice for a period that is neither void nor discarded; a repeated request
    is answered with it.

    The whole prefill result may be sent back, edited or not. The edited fields become one edit of the new draft. A
    period outside the contract's dates must be confirmed. With the `prefill_digest` of the prefill result, a draft that
    would differ from what was previewed is refused.
    """
    found = await generated(state, repository, user, key, today, body)
    response.status_code = 201 if found.is_from_this_request else 200
    return Envelope(data=InvoiceView.seen_by(user.role, found.invoice, user.username, state.archive))


@router.get("/{invoice_id}", summary="One invoice in full", responses=errors(400, 401, 403, 404, 503))
async def get_invoice(
    invoice: InvoiceDep, user: ActorDep, delegator: OnBehalfDep, state: StateDep, repository: InvoicesDep
) -> Envelope[InvoiceView]:
    """Returns the invoice as PostgreSQL has it. For effects that are retried, Temporal is asked for the newest failed
    attempt; without an answer within a second it is left out. With `On-Behalf-Of`, `allowed` has the commands that you
    may give in that name."""
    return Envelope(data=await full_view(state, repository, invoice, user, delegator))
