"""Files in requests: a route for large bodies, and the one file that a form carries."""

from typing import NamedTuple

from fastapi import Request
from starlette.datastructures import UploadFile

from api.errors import Invalid
from api.http.decimal_json import MIB, DecimalJsonRequest, DecimalJsonRoute

CSV = "text/csv"
FILE = {"type": "string", "format": "binary"}
FORM = {"type": "object", "properties": {"file": FILE}, "required": ["file"]}


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
