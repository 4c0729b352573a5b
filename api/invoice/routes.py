"""Routes to preview, create and read an invoice."""

from fastapi import APIRouter, Response

from api.access.deps import ActorDep, DrafterDep, OnBehalfDep
from api.deps import AppState, KeyDep, StateDep, TodayDep
from api.errors import Conflict
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import ConflictDetails, Envelope
from api.http.error_responses import errors
from api.invoice.bodies import Generate, Prefill
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.full_view import full_view
from api.invoice.prefill_schemas import PrefillView
from api.invoice.repository import InvoiceRepository
from api.invoice.schemas import InvoiceView
from api.reads import ReadsDep
from models.invoice.checks.confirmation import check_codes
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.editing.prefill_edit import EditedPrefill, matches_prefill
from models.invoice.errors import KeyReused
from models.invoice.invoice import Invoice
from models.values.request_fingerprint import fingerprint, idempotency_key_of
from workflows.client import invoices
from workflows.client.errors import WorkflowClosed

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
    period outside the contract's dates must be confirmed.
    """
    check_codes(body.confirmed_warnings)
    period = body.period(today)
    request_fingerprint = fingerprint(f"generate:{key}", body.fingerprinted)
    invoice = await repository.standing(body.application_key, period)
    if invoice is None:
        contract = ContractPeriod(application_key=body.application_key, period=period)
        request = DraftRequest(
            subject=contract,
            by=user.username,
            request_fingerprint=request_fingerprint,
            confirmed_warnings=body.confirmed_warnings,
        )
        invoice = await _open_invoice(state, repository, request, body.edited_prefill)
    is_from_this_request = invoice.request.request_fingerprint == request_fingerprint
    if not is_from_this_request:
        _check_existing(invoice, body, request_fingerprint)
    response.status_code = 201 if is_from_this_request else 200
    return Envelope(data=InvoiceView.seen_by(user.role, invoice, user.username, state.archive))


@router.get("/{invoice_id}", summary="One invoice in full", responses=errors(400, 401, 403, 404, 503))
async def get_invoice(
    invoice: InvoiceDep, user: ActorDep, delegator: OnBehalfDep, state: StateDep, repository: InvoicesDep
) -> Envelope[InvoiceView]:
    """Returns the invoice as PostgreSQL has it. For effects that are retried, Temporal is asked for the newest failed
    attempt; without an answer within a second it is left out. With `On-Behalf-Of`, `allowed` has the commands that you
    may give in that name."""
    return Envelope(data=await full_view(state, repository, invoice, user, delegator))


async def _open_invoice(
    state: AppState, repository: InvoiceRepository, request: DraftRequest, edited: EditedPrefill | None
) -> Invoice:
    """Start the workflow of a new invoice, and return the invoice when it is saved.

    Raise Conflict when the invoice before it is being closed or withdrawn.
    """
    contract = request.contract
    attempt = await repository.count_withdrawn(contract.application_key, contract.period)
    try:
        opened = await invoices.generate(
            await state.temporal.client(), request, attempt, state.update_timeout, wanted=edited
        )
    except WorkflowClosed as error:
        raise Conflict(
            f"An invoice of {contract.application_key} for {contract.period.title} is being closed or withdrawn. "
            "Check that invoice, and try again in a moment if you need a new one.",
            ConflictDetails(reason="WorkflowClosed"),
        ) from error
    found = await repository.find(opened.invoice_id)
    assert found is not None  # the workflow answers after it has saved the invoice, and invoices are never deleted
    return found


def _check_existing(invoice: Invoice, body: Generate, request_fingerprint: str) -> None:
    """Raise Conflict when an invoice that another request created differs from what this request asks for."""
    if idempotency_key_of(invoice.request.request_fingerprint or "") == idempotency_key_of(request_fingerprint):
        raise Conflict(
            f"This Idempotency-Key was used before with another body, for invoice {invoice.id}. Nothing was changed. "
            "Edit that invoice, or send this request with a new key.",
            _about(invoice, KeyReused.__name__),
        )
    if body.edited_prefill is not None and not matches_prefill(invoice.content, body.edited_prefill):
        name = invoice.display_number or f"a {invoice.status} invoice"
        raise Conflict(
            f"{invoice.content.subject_key} already has {name} for {invoice.content.period.title} with other content. "
            f"Nothing was changed. Edit invoice {invoice.id} instead.",
            _about(invoice, "AlreadyInvoiced"),
        )


def _about(invoice: Invoice, reason: str) -> ConflictDetails:
    return ConflictDetails(reason=reason, current_revision=invoice.revision, invoice_id=invoice.id)
