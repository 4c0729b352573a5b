"""What a signer gets and hands in: the bytes of a document in Didox, and the signature that sends or cancels it."""

import base64
import binascii
import hashlib

from api.access.deps import Actor
from api.deps import AppState
from api.einvoice.repository import SignatureRepository
from api.einvoice.schemas import DocumentToSignView, SignatureBody
from api.einvoice.signature_check import checked_signature
from api.errors import ApiError, Conflict, Invalid, Unavailable
from api.http.envelopes import ConflictDetails, Envelope
from api.invoice.command_bodies import SubmitSignatureBody
from api.invoice.command_call import CommandCall
from api.invoice.schemas import InvoiceView
from models.invoice.commands import SubmitSignature
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed_for, reason_not_allowed
from models.invoice.signing.ports import ToSignRequest
from models.invoice.signing.task import SigningTask, signing_task
from models.values.failure_codes import Failure
from workflows.client import signatures
from workflows.client.errors import RequestFailed


async def given_document(
    invoice: Invoice, state: AppState, repository: SignatureRepository, signer: Actor
) -> DocumentToSignView:
    """Fetch the document from Didox, and return exactly the bytes that a signature must cover.

    Raise Conflict if nothing waits for a signature, and Unavailable if Didox cannot be asked.
    """
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
    return DocumentToSignView(
        invoice_id=invoice.id,
        display_number=number,
        action=task.action,
        document_id=task.document_id,
        seller_tin=given.seller_tin,
        sha256=given.sha256,
        content=base64.b64encode(given.content).decode(),
        fetched_at=given.fetched_at,
    )


async def submitted(
    invoice: Invoice, body: SignatureBody, repository: SignatureRepository, call: CommandCall
) -> Envelope[InvoiceView]:
    """Check and store the signature, and send it. Raise what the command raises, and Invalid for a bad signature."""
    command = SubmitSignatureBody(signature=_digest(body.pkcs7))
    task = signing_task(invoice)
    if task is not None:
        await _store(repository, invoice, task, body, command.signature, call.actor, call.state)
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
