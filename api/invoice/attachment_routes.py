"""Routes of the attachments of an invoice: bank slips, and what shows a partner's rejection."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.access.deps import ActorDep, DrafterDep
from api.deps import NowDep, StateDep
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.invoice.deps import InvoiceRefDep
from api.uploads import FILE, FORM_BODY, AttachmentView, UploadRoute, attached, stored_file
from models.partners.orders.attachment import Owner
from models.partners.orders.fields import AttachmentId

router = APIRouter(prefix="/invoices/{invoice_id}/attachments", tags=["documents"], route_class=UploadRoute)


@router.post(
    "",
    status_code=201,
    summary="Attach a file to an invoice",
    responses=errors(400, 401, 403, 404, 413, 503),
    openapi_extra=FORM_BODY,
)
async def attach_to_invoice(
    invoice: InvoiceRefDep, request: Request, state: StateDep, user: DrafterDep, now: NowDep
) -> Envelope[AttachmentView]:
    """Takes a JPEG, a PNG or a PDF, judged by its content. The same file again is the same attachment. Its id is the
    `bank_slip` of a payment or the `attachment` of a rejection."""
    stored = await attached(state, request, Owner.INVOICE, invoice.id, user.username, now)
    return Envelope(data=AttachmentView.of(stored))


@router.get("", summary="The files of an invoice", responses=errors(400, 401, 404, 503))
async def list_invoice_attachments(invoice: InvoiceRefDep, state: StateDep) -> Envelope[list[AttachmentView]]:
    found = await state.attachments.of(Owner.INVOICE, invoice.id)
    return Envelope(data=[AttachmentView.of(each) for each in found])


@router.get(
    "/{attachment_id}",
    summary="Download a file of an invoice",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {"schema": FILE}}}, **errors(400, 401, 404, 503)},
)
async def download_invoice_attachment(
    invoice: InvoiceRefDep, attachment_id: Annotated[AttachmentId, Path()], state: StateDep, _: ActorDep
) -> Response:
    """Returns the file as it was attached; browsers save it and do not show it."""
    return await stored_file(state, Owner.INVOICE, invoice.id, attachment_id)
