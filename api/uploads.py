"""Files in requests and answers: a route for large bodies, the one file that a form carries, and attachments."""

from datetime import datetime
from typing import NamedTuple, Self
from urllib.parse import quote

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from activities.partners.attachments import FilesUnavailable
from api.deps import AppState
from api.errors import Invalid, NotFound, Unavailable
from api.http.decimal_json import MIB, DecimalJsonRequest, DecimalJsonRoute
from models.partners.orders.attachment import Attachment, AttachmentRefused, Owner

CSV = "text/csv"
FILE = {"type": "string", "format": "binary"}
FORM = {"type": "object", "properties": {"file": FILE}, "required": ["file"]}


FORM_BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}


class UploadRequest(DecimalJsonRequest):
    """A request with a body of up to 52 MiB, which is read only after the user is known."""

    largest_body = 52 * MIB


class UploadRoute(DecimalJsonRoute):
    """A route whose endpoint reads the body itself."""

    request_class = UploadRequest


class Upload(NamedTuple):
    """A file of a form."""

    name: str
    content: bytes


async def file_of(request: Request) -> Upload:
    """Return the field `file` of the form. Raises Invalid if there is none, and BodyTooLarge."""
    if media_type_of(request) != "multipart/form-data":
        raise Invalid.at("body", "send the file as `file` in multipart/form-data")
    form = await request.form(max_files=1, max_fields=5)
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Invalid.at("file", "is required")
    return Upload(file.filename or "", await file.read())


def media_type_of(request: Request) -> str:
    """Return the media type of the body, without parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


class AttachmentView(BaseModel):
    id: str
    name: str
    media_type: str
    size: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime

    @classmethod
    def of(cls, attachment: Attachment) -> Self:
        return cls.model_validate(attachment.model_dump(include=set(cls.model_fields)))


async def attached(
    state: AppState, request: Request, owner: Owner, owner_key: str, username: str, now: datetime
) -> Attachment:
    """Store the file of the request as an attachment, and return it. Raises Invalid or Unavailable."""
    return await _stored(state, "file", await file_of(request), owner, owner_key, username, now)


async def stored_upload(
    state: AppState, field: str, file: UploadFile, owner: Owner, owner_key: str, username: str, now: datetime
) -> Attachment:
    """Store a file of a form with several fields, as `attached` does. Errors name the field."""
    upload = Upload(file.filename or "", await file.read())
    return await _stored(state, field, upload, owner, owner_key, username, now)


async def _stored(
    state: AppState, field: str, file: Upload, owner: Owner, owner_key: str, username: str, now: datetime
) -> Attachment:
    try:
        return await state.attachments.store(owner, owner_key, file.name, file.content, username, now)
    except AttachmentRefused as refused:
        raise Invalid.at(field, str(refused)) from refused
    except FilesUnavailable as error:
        raise Unavailable(str(error)) from error


async def stored_file(state: AppState, owner: Owner, owner_key: str, attachment_id: str) -> Response:
    """Return the file of an attachment, which browsers save and do not show. Raises NotFound or Unavailable."""
    found = await state.attachments.find(owner, owner_key, attachment_id)
    if found is None:
        raise NotFound(f"The {owner} {owner_key} has no attachment {attachment_id}.")
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
