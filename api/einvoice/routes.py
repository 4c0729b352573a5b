"""Routes of signatures: the queue, the bytes to sign, and the signature that sends or cancels an act in Didox."""

import base64
import binascii
import hashlib
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query

from api.access.deps import Actor, OnBehalfDep, require_permission
from api.deps import AppState, KeyDep, StateDep
from api.einvoice.repository import SignatureRepository
from api.einvoice.schemas import DocumentToSignView, QueuedDocument, SignatureBody
from api.einvoice.signature_check import checked_signature
from api.errors import ApiError, Conflict, Invalid, Unavailable
from api.http.envelopes import ConflictDetails, Envelope, Meta, Page
from api.http.error_responses import errors
from api.http.parameters import Paging
from api.invoice.command_bodies import SubmitSignatureBody
from api.invoice.command_call import CommandCall
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.repository import InvoiceRef
from api.invoice.schemas import InvoiceView
from api.reads import ReadsDep
from models.invoice.commands import SubmitSignature
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed_for, reason_not_allowed
from models.invoice.signing.ports import ToSignRequest
from models.invoice.signing.task import SigningTask, signing_task
from models.values.failure_codes import Failure
from workflows.client import signatures
from workflows.client.errors import RequestFailed

router = APIRouter(tags=["signatures"])

SignerDep = Annotated[Actor, Depends(require_permission(SubmitSignature))]


async def _repository(state: StateDep) -> SignatureRepository:
    return SignatureRepository(state.engines.queries, state.engines.settings)


SignaturesDep = Annotated[SignatureRepository, Depends(_repository)]


@router.get("/signing-queue", summary="What waits for our signature", responses=errors(400, 401, 403, 503))
async def signing_queue(
    paging: Annotated[Paging, Query()], repository: SignaturesDep, state: StateDep, _: SignerDep
) -> Page[QueuedDocument]:
    """Lists the documents in Didox that a person has to sign with E-IMZO, the oldest invoice first.

    `aktum sign` on the accountant's machine signs them.
    """
    rows, total = await repository.queue(paging.offset, paging.per_page)
    found = [QueuedDocument.of(row, state.settings.didox.seller_tin) for row in rows]
    return Page(data=found, meta=Meta(total=total, page=paging.page, per_page=paging.per_page))


@router.get(
    "/invoices/{invoice_id}/document-to-sign",
    summary="The bytes to sign",
    responses=errors(401, 403, 404, 409, 503),
)
async def document_to_sign(
    invoice: InvoiceDep, state: StateDep, repository: SignaturesDep, signer: SignerDep
) -> Envelope[DocumentToSignView]:
    """Fetches the document from Didox and returns exactly the bytes that a signature must cover."""
    task = _required_task(invoice, signer)
    number = invoice.display_number or ""
    request = ToSignRequest(
        invoice_id=invoice.id, display_number=number, action=task.action, document_id=task.document_id
    )
    try:
        found = await signatures.fetch_to_sign(await state.temporal.client(), request, state.update_timeout)
    except RequestFailed as failed:
        raise _not_fetched(failed, invoice, signer) from failed
    given = await repository.document(task, found.sha256)
    assert given is not None  # the activity answers after it has stored the bytes, and a row is never deleted
    view = DocumentToSignView(
        invoice_id=invoice.id,
        display_number=number,
        action=task.action,
        document_id=task.document_id,
        seller_tin=given.seller_tin,
        sha256=given.sha256,
        content=base64.b64encode(given.content).decode(),
        fetched_at=given.fetched_at,
    )
    return Envelope(data=view)


@router.post(
    "/invoices/{invoice_id}/signatures",
    summary="Send a signature to Didox",
    responses=errors(400, 401, 403, 404, 409, 413, 503, 504),
)
async def submit(
    invoice: InvoiceDep,
    body: Annotated[SignatureBody, Body()],
    state: StateDep,
    reads: ReadsDep,
    invoices: InvoicesDep,
    repository: SignaturesDep,
    signer: SignerDep,
    delegator: OnBehalfDep,
    key: KeyDep,
) -> Envelope[InvoiceView]:
    """Stores the signature and sends it: the act goes to the client, or a sent act is cancelled.

    The signature is refused if it covers other bytes than those that were given, or if its certificate is expired or
    has another TIN than the seller. The answer waits 15 seconds for Didox; in an outage the effect is still `pending`
    then and goes on by itself.
    """
    command = SubmitSignatureBody(signature=_digest(body.pkcs7))
    ref = InvoiceRef(invoice.id, invoice.workflow_id, invoice.revision, invoice.kind)
    call = CommandCall(state, reads, invoices, signer, ref, key, delegator)
    task = signing_task(invoice)
    if task is not None:
        await _store(repository, invoice, task, body, command.signature, signer, state)
    return await call.send(SubmitSignature, command)


def _digest(pkcs7: str) -> str:
    """Return the SHA-256 of the message. Raise Invalid if it is not base64."""
    try:
        return hashlib.sha256(base64.b64decode(pkcs7, validate=True)).hexdigest()
    except binascii.Error as error:
        raise Invalid.at("pkcs7", "is not base64") from error


def _required_task(invoice: Invoice, signer: Actor) -> SigningTask:
    """Return what is to be signed. Raise Conflict if nothing is."""
    task, reason = signing_task(invoice), reason_not_allowed(invoice, SubmitSignature.name)
    if task is None or reason:
        raise _conflict(reason or "Nothing of this invoice waits for our signature.", invoice, signer)
    return task


def _conflict(message: str, invoice: Invoice, signer: Actor) -> Conflict:
    possible = [name.value for name in allowed_for(invoice, signer.username, signer.role)]
    details = ConflictDetails(
        reason=Failure.NOTHING_TO_SIGN, allowed=possible, current_revision=invoice.revision, invoice_id=invoice.id
    )
    return Conflict(message, details)


def _not_fetched(failed: RequestFailed, invoice: Invoice, signer: Actor) -> ApiError:
    if failed.code in (Failure.NOTHING_TO_SIGN, Failure.SWITCHED_OFF):
        return _conflict(failed.message, invoice, signer)
    return Unavailable(f"Didox cannot be asked for the document: {failed.message} Try again in a moment.")


async def _store(
    repository: SignatureRepository,
    invoice: Invoice,
    task: SigningTask,
    body: SignatureBody,
    sha256: str,
    signer: Actor,
    state: AppState,
) -> None:
    """Check and store the signature. Raise Invalid if it does not fit the bytes that were given for the task."""
    given = await repository.document(task, body.sha256)
    if given is None:
        raise Invalid.at("sha256", "is not that of the document to sign; fetch the document to sign again")
    certificate = checked_signature(body.pkcs7, given, state.clock()).certificate
    await repository.save(
        {
            "sha256": sha256,
            "invoice_id": invoice.id,
            "document_id": task.document_id,
            "action": task.action.value,
            "document_sha256": given.sha256,
            "pkcs7": body.pkcs7,
            "signature_hex": body.signature_hex,
            "certificate_serial": certificate.serial,
            "certificate_tin": certificate.tin,
            "certificate_holder": certificate.holder,
            "valid_from": certificate.valid_from,
            "valid_to": certificate.valid_to,
            "by": signer.username,
        }
    )
