"""Routes of the attachments of an order: upload, list and download."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response

from activities.partners.attachments import FilesUnavailable
from api.deps import AppState, NowDep, StateDep
from api.errors import Invalid, NotFound, Unavailable
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.partners.orders.deps import Editor, KeyInPath, OrderReads, Reader
from api.partners.orders.schemas import AttachmentView
from api.partners.orders.uploads import FILE, FORM, UploadRoute, file_of
from models.partners.orders.attachment import AttachmentRefused, Owner
from models.partners.orders.fields import AttachmentId

router = APIRouter(prefix="/orders/{order_key}/attachments", tags=["orders"], route_class=UploadRoute)

_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}


@router.post(
    "",
    status_code=201,
    summary="Attach a file",
    responses=errors(400, 401, 403, 404, 413, 503),
    openapi_extra=_BODY,
)
async def attach_file(
    order_key: KeyInPath, request: Request, orders: OrderReads, state: StateDep, user: Editor, now: NowDep
) -> Envelope[AttachmentView]:
    """Takes a JPEG, a PNG or a PDF, judged by its content. The same file again is the same attachment."""
    await orders.read(order_key)
    file = await file_of(request)
    try:
        stored = await state.attachments.store(Owner.ORDER, order_key, file.name, file.content, user.username, now)
    except AttachmentRefused as refused:
        raise Invalid.at("file", str(refused)) from refused
    except FilesUnavailable as error:
        raise Unavailable(str(error)) from error
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
    return await _file(state, order_key, attachment_id)


async def _file(state: AppState, order_key: str, attachment_id: str) -> Response:
    found = await state.attachments.find(Owner.ORDER, order_key, attachment_id)
    if found is None:
        raise NotFound(f"Order {order_key} has no attachment {attachment_id}.")
    try:
        content = await state.attachments.content(found)
    except FilesUnavailable as error:
        raise Unavailable(str(error)) from error
    if content is None:
        raise NotFound(f"The file of attachment {attachment_id} is gone from the file store.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=found.media_type, headers=headers)
