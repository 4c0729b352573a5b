"""Previewing, drafting and looking at invoices."""

from fastapi import APIRouter, Response

from api.adjustment import adjustment, is_adjusted
from api.bodies import Generate, Prefill
from api.deps import ActorDep, DrafterDep, InvoiceDep, KeyDep, Office, OfficeDep, TodayDep
from api.documented import errors
from api.envelopes import ConflictDetails, Envelope
from api.errors import Conflict, Invalid, NotFound
from api.exact import ExactRoute
from api.schemas import InvoiceView, PrefillView
from models.commands import marked, unmarked
from models.content import Content
from models.errors import InvalidChange, KeyReused
from models.guards import was_made
from models.invoice import DraftRequest, Invoice
from models.periods import Period
from models.revising import as_made
from workflows import requests

router = APIRouter(prefix="/invoices", tags=["invoices"], route_class=ExactRoute)

FIRST_REVISION = 1  # of a draft that nobody has touched


@router.post("/prefill", summary="Preview an invoice", responses=errors(400, 401, 403, 404, 500, 503))
async def prefill(body: Prefill, office: OfficeDep, _: DrafterDep, today: TodayDep) -> Envelope[PrefillView]:
    """Computes what the invoice would say; nothing is stored. A period without worklogs gives zero amounts."""
    content = await office.reads.draft(body.application_key, body.period(today), today)
    return Envelope(data=PrefillView.of(content))


@router.post(
    "/generate",
    status_code=201,
    summary="Make a draft",
    responses={
        200: {"model": Envelope[InvoiceView], "description": "The same invoice was there already."},
        **errors(400, 401, 403, 404, 409, 500, 503, 504),
    },
)
async def generate(
    body: Generate, office: OfficeDep, user: DrafterDep, key: KeyDep, today: TodayDep, response: Response
) -> Envelope[InvoiceView]:
    """A contract has one standing invoice for a period; asking again answers with it.

    The prefill result may be sent back as a whole, edited or not; what was edited becomes one edit of the new draft.
    """
    period = body.period(today)
    mark = marked(f"generate:{key}", body.asked)
    invoice = await office.registry.standing(body.application_key, period)
    if invoice is None:
        if is_adjusted(body):  # refused before anything is made, where the rules refuse it
            adjustment(await office.reads.draft(body.application_key, period, today), body, FIRST_REVISION)
        request = DraftRequest(application_key=body.application_key, period=period, by=user.username, request_id=mark)
        invoice = await _opened(office, request)
    is_ours = invoice.request.request_id == mark
    if not is_ours and unmarked(invoice.request.request_id or "") == unmarked(mark):
        raise _other_body(invoice)
    if is_ours and invoice.revision == FIRST_REVISION:
        edit = adjustment(invoice.content, body, FIRST_REVISION)
        if edit:
            edit = edit.model_copy(update={"by": user.username, "request_id": mark})
            await office.send(invoice.workflow_id, edit)
            invoice = await _current(office, invoice.id)
    elif not (_says(invoice.content, body) or (is_ours and _was_done(invoice, body, mark))):
        raise _there_already(invoice, period)
    response.status_code = 201 if is_ours else 200
    return Envelope(data=InvoiceView.seen_by(user.role, invoice, user.username))


@router.get("/{invoice_id}", summary="One invoice in full", responses=errors(401, 404, 503))
async def get_invoice(invoice: InvoiceDep, user: ActorDep) -> Envelope[InvoiceView]:
    return Envelope(data=InvoiceView.seen_by(user.role, invoice, user.username))


async def _opened(office: Office, request: DraftRequest) -> Invoice:
    attempt = await office.registry.withdrawn(request.application_key, request.period)
    try:
        opened = await requests.generate(await office.temporal.client(), request, attempt, office.patience)
    except requests.WorkflowClosed as error:
        raise Conflict(
            f"An invoice of {request.application_key} for {request.period.title} is just being closed or withdrawn; "
            "look it up, and try again in a moment if there should be a new one.",
            ConflictDetails(reason="WorkflowClosed"),
        ) from error
    return await _current(office, opened.invoice_id)


async def _current(office: Office, invoice_id: str) -> Invoice:
    found = await office.registry.invoice(invoice_id)
    if found is None:
        raise NotFound(f"There is no invoice {invoice_id}.")
    return found


def _was_done(invoice: Invoice, body: Generate, mark: str) -> bool:
    """All that the first request with this mark wanted, whatever has become of the draft since."""
    return was_made(invoice, mark) or _says(as_made(invoice), body)


def _says(content: Content, body: Generate) -> bool:
    try:
        return adjustment(content, body, FIRST_REVISION) is None
    except (Invalid, InvalidChange):
        return False


def _other_body(invoice: Invoice) -> Conflict:
    return Conflict(
        f"This Idempotency-Key was used before, with another body, for invoice {invoice.id}; nothing was changed. "
        "Edit that one, or send this with a new key.",
        ConflictDetails(reason=KeyReused.__name__, current_revision=invoice.revision, invoice_id=invoice.id),
    )


def _there_already(invoice: Invoice, period: Period) -> Conflict:
    name = invoice.display_number or f"a {invoice.status} invoice"
    return Conflict(
        f"{invoice.content.application_key} has {name} for {period.title} already, and it says otherwise; "
        f"nothing was changed. See invoice {invoice.id} and edit that one.",
        ConflictDetails(reason="AlreadyInvoiced", current_revision=invoice.revision, invoice_id=invoice.id),
    )
