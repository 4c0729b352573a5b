"""Routes of the attachments of an order: upload, list and download."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.deps import NowDep, StateDep
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.partners.orders.deps import Editor, KeyInPath, OrderReads, Reader
from api.uploads import FILE, FORM_BODY, AttachmentView, UploadRoute, attached, stored_file
from models.partners.orders.attachment import Owner
from models.partners.orders.fields import AttachmentId

router = APIRouter(prefix="/orders/{order_key}/attachments", tags=["orders"], route_class=UploadRoute)


@router.post(
    "",
    status_code=201,
    summary="Attach a file",
    responses=errors(400, 401, 403, 404, 413, 503),
    openapi_extra=FORM_BODY,
)
async def attach_file(
    order_key: KeyInPath, request: Request, orders: OrderReads, state: StateDep, user: Editor, now: NowDep
) -> Envelope[AttachmentView]:
    """Takes a JPEG, a PNG or a PDF, judged by its content. The same file again is the same attachment."""
    await orders.read(order_key)
    stored = await attached(state, request, Owner.ORDER, order_key, user.username, now)
    return Envelope(data=AttachmentView.of(stored))


@router.get("", summary="The files of an order", responses=errors(400, 401, 404, 503))
async def list_attachments(
    order_key: KeyInPath, orders: OrderReads, state: StateDep, _: Reader
) -> Envelope[list[AttachmentView]]:
    await orders.read(order_key)
    found = await state.attachments.of(Owner.ORDER, order_key)
    return Envelope(data=[AttachmentView.of(each) for each in found])


@router.get(
    "/{attachment_id}",
    summary="Download a file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {"schema": FILE}}}, **errors(400, 401, 404, 503)},
)
async def download_attachment(
    order_key: KeyInPath, attachment_id: Annotated[AttachmentId, Path()], state: StateDep, _: Reader
) -> Response:
    """Returns the file as it was attached; browsers save it and do not show it."""
    return await stored_file(state, Owner.ORDER, order_key, attachment_id)
