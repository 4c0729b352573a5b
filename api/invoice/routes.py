"""Previewing, drafting and looking at invoices."""

from fastapi import APIRouter, Response

from api.access.deps import ActorDep, DrafterDep
from api.deps import AppState, KeyDep, StateDep, TodayDep
from api.errors import Conflict
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import ConflictDetails, Envelope
from api.http.error_responses import errors
from api.invoice.bodies import Generate, Prefill
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.prefill_schemas import PrefillView
from api.invoice.repository import InvoiceRepository
from api.invoice.schemas import InvoiceView
from api.reads import ReadsDep
from models.invoice.commands import fingerprint, idempotency_key_of
from models.invoice.editing.prefill_edit import EditedPrefill, matches_prefill
from models.invoice.errors import KeyReused
from models.invoice.invoice import ContractPeriod, DraftRequest, Invoice
from workflows.client import invoices
from workflows.client.errors import WorkflowClosed

router = APIRouter(prefix="/invoices", tags=["invoices"], route_class=DecimalJsonRoute)


@router.post("/prefill", summary="Preview an invoice", responses=errors(400, 401, 403, 404, 500, 503))
async def prefill(body: Prefill, reads: ReadsDep, _: DrafterDep, today: TodayDep) -> Envelope[PrefillView]:
    """Computes what the invoice would say; nothing is stored. A period without worklogs gives zero amounts."""
    content = await reads.draft(body.application_key, body.period(today), today)
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
    body: Generate,
    state: StateDep,
    repository: InvoicesDep,
    user: DrafterDep,
    key: KeyDep,
    today: TodayDep,
    response: Response,
) -> Envelope[InvoiceView]:
    """A contract has one standing invoice for a period; asking again answers with it.

    The prefill result may be sent back as a whole, edited or not; what was edited becomes one edit of the new draft.
    """
    period = body.period(today)
    request_fingerprint = fingerprint(f"generate:{key}", body.asked)
    invoice = await repository.standing(body.application_key, period)
    if invoice is None:
        contract = ContractPeriod(application_key=body.application_key, period=period)
        request = DraftRequest(subject=contract, by=user.username, request_fingerprint=request_fingerprint)
        invoice = await _open_invoice(state, repository, request, body.wanted)
    is_ours = invoice.request.request_fingerprint == request_fingerprint
    if not is_ours:
        _check_met(invoice, body, request_fingerprint)
    response.status_code = 201 if is_ours else 200
    return Envelope(data=InvoiceView.seen_by(user.role, invoice, user.username))


@router.get("/{invoice_id}", summary="One invoice in full", responses=errors(401, 404, 503))
async def get_invoice(invoice: InvoiceDep, user: ActorDep) -> Envelope[InvoiceView]:
    return Envelope(data=InvoiceView.seen_by(user.role, invoice, user.username))


async def _open_invoice(
    state: AppState, repository: InvoiceRepository, request: DraftRequest, wanted: EditedPrefill | None
) -> Invoice:
    """Start the workflow of a new invoice, and return the invoice when it is saved."""
    contract = request.contract
    attempt = await repository.count_withdrawn(contract.application_key, contract.period)
    try:
        opened = await invoices.generate(
            await state.temporal.client(), request, attempt, state.update_timeout, wanted=wanted
        )
    except WorkflowClosed as error:
        raise Conflict(
            f"An invoice of {contract.application_key} for {contract.period.title} is just being closed or withdrawn; "
            "look it up, and try again in a moment if there should be a new one.",
            ConflictDetails(reason="WorkflowClosed"),
        ) from error
    found = await repository.find(opened.invoice_id)
    assert found is not None  # it is answered when it can be read, and an invoice is never deleted
    return found


def _check_met(invoice: Invoice, body: Generate, request_fingerprint: str) -> None:
    """An invoice that another request made is an answer to this one only where it says the same."""
    if idempotency_key_of(invoice.request.request_fingerprint or "") == idempotency_key_of(request_fingerprint):
        raise Conflict(
            f"This Idempotency-Key was used before, with another body, for invoice {invoice.id}; nothing was changed. "
            "Edit that one, or send this with a new key.",
            _about(invoice, KeyReused.__name__),
        )
    if body.wanted is not None and not matches_prefill(invoice.content, body.wanted):
        name = invoice.display_number or f"a {invoice.status} invoice"
        raise Conflict(
            f"{invoice.content.subject_key} has {name} for {invoice.content.period.title} already, and it says "
            f"otherwise; nothing was changed. See invoice {invoice.id} and edit that one.",
            _about(invoice, "AlreadyInvoiced"),
        )


def _about(invoice: Invoice, reason: str) -> ConflictDetails:
    return ConflictDetails(reason=reason, current_revision=invoice.revision, invoice_id=invoice.id)
