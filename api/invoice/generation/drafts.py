"""The draft of a contract and period, from a prefill result that a person may have edited."""

from datetime import date
from typing import NamedTuple

from api.access.deps import Actor
from api.deps import AppState
from api.errors import Conflict
from api.http.envelopes import ConflictDetails
from api.invoice.bodies import Generate
from api.invoice.repository import InvoiceRepository
from models.invoice.checks.confirmation import check_codes
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.editing.prefill_edit import EditedPrefill, matches_prefill
from models.invoice.errors import KeyReused
from models.invoice.invoice import Invoice
from models.values.failure_codes import Failure
from models.values.request_fingerprint import fingerprint, idempotency_key_of
from workflows.client import invoices
from workflows.client.errors import WorkflowClosed


class Generated(NamedTuple):
    """The invoice, and whether this request made it or one that was sent with the same key."""

    invoice: Invoice
    is_from_this_request: bool


async def generated(
    state: AppState, repository: InvoiceRepository, user: Actor, key: str, today: date, body: Generate
) -> Generated:
    """Return the contract's invoice for the period, which is made unless there is one.

    Raise Conflict when there is one that differs from what the body asks for.
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
    return Generated(invoice, is_from_this_request)


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
            _about(invoice, Failure.ALREADY_INVOICED),
        )


def _about(invoice: Invoice, reason: str) -> ConflictDetails:
    return ConflictDetails(reason=reason, current_revision=invoice.revision, invoice_id=invoice.id)
