"""Routes of signatures: the queue, the bytes to sign, and the signature that sends or cancels an act in Didox."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query

from api.access.deps import Actor, OnBehalfDep, require_permission
from api.deps import KeyDep, StateDep
from api.einvoice.deps import SignaturesDep
from api.einvoice.schemas import DocumentToSignView, QueuedDocument, SignatureBody
from api.einvoice.signing import given_document, submitted
from api.http.envelopes import Envelope, Meta, Page
from api.http.error_responses import errors
from api.http.parameters import Paging
from api.invoice.command_call import CommandCall
from api.invoice.deps import InvoiceDep, InvoicesDep
from api.invoice.repository import InvoiceRef
from api.invoice.schemas import InvoiceView
from api.reads import ReadsDep
from models.invoice.commands import SubmitSignature

router = APIRouter(tags=["signatures"])

SignerDep = Annotated[Actor, Depends(require_permission(SubmitSignature))]


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
    return Envelope(data=await given_document(invoice, state, repository, signer))


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
    ref = InvoiceRef(invoice.id, invoice.workflow_id, invoice.revision, invoice.kind)
    call = CommandCall(state, reads, invoices, signer, ref, key, delegator)
    return await submitted(invoice, body, repository, call)
