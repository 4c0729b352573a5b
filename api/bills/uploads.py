"""The upload of a file of bills: it is received to a temporary file, and never in memory as a whole."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Annotated, Any

from fastapi import Request
from pydantic import AwareDatetime, Field, ValidationError
from starlette.datastructures import FormData, UploadFile

from activities.bills.ingest.stored_bill_files import digest_of
from api.errors import Invalid
from api.http.decimal_json import MIB, DecimalJsonRequest, DecimalJsonRoute
from api.http.parameters import Month
from api.http.validation_messages import field_errors, summary
from api.uploads import FILE, media_type_of
from models.bills.file_content import FileHints
from models.bills.file_kind import LOOKED_AT, refusal_of
from models.values.base_models import Strict
from models.values.currencies import Currency
from models.values.period import Period

LONGEST_NAME = 200
_ACCOUNT = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
_FORM_OVERHEAD = MIB
_AMOUNT = r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$"


class UploadHints(Strict):
    """What the file may lack. Values of the file take precedence, but for the account, which is our name for it."""

    account: Annotated[str, Field(min_length=1, max_length=60, pattern=_ACCOUNT)] | None = None
    provider: Annotated[str, Field(min_length=1, max_length=60, pattern=_ACCOUNT)] | None = None
    provider_invoice_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    number: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    currency: Currency | None = None
    issued_at: AwareDatetime | None = None
    tax_total: Annotated[str, Field(pattern=_AMOUNT)] | None = None
    month: Month | None = None

    @property
    def hints(self) -> FileHints:
        given = self.model_dump(exclude={"month", "tax_total"})
        return FileHints(
            **given,
            tax_total=None if self.tax_total is None else Decimal(self.tax_total),
            period=Period.parse(self.month) if self.month else None,
        )


_FORM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": FILE,
        **UploadHints.model_json_schema(ref_template="#/components/schemas/{model}")["properties"],
    },
}
FORM_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM_SCHEMA}}}
}


class BillUploadRequest(DecimalJsonRequest):
    """A request whose body may be as large as a file of bills may be by the setting."""

    @property
    def largest_body(self) -> int:  # type: ignore[override]
        limit: int = self.app.state.app_state.settings.bills.largest_mb
        return limit * MIB + _FORM_OVERHEAD


class BillUploadRoute(DecimalJsonRoute):
    """A route whose endpoint reads the body itself."""

    request_class = BillUploadRequest


@dataclass(frozen=True)
class ReceivedFile:
    """A file that was received, with its digest; it is open as long as its request."""

    file: IO[bytes]
    name: str
    sha256: str
    size: int
    hints: FileHints


def hints_of_form(form: FormData) -> FileHints:
    """Return what the fields of the form tell about the file. Raises Invalid for a field that is not valid."""
    return checked_hints({name: value for name, value in form.multi_items() if name != "file" and value != ""})


def checked_hints(given: Mapping[str, Any]) -> FileHints:
    """Return the hints. Raises Invalid, which names the field."""
    try:
        return UploadHints.model_validate(dict(given)).hints
    except ValidationError as error:
        located = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        details = field_errors(located, {"body": UploadHints})
        raise Invalid(summary(details), details) from error


@asynccontextmanager
async def received(
    request: Request, largest_mb: int, hints_of: Callable[[FormData], FileHints] = hints_of_form
) -> AsyncIterator[ReceivedFile]:
    """Yield the file of the form. Raises Invalid for a form without one, or with a file that cannot be a bill."""
    if media_type_of(request) != "multipart/form-data":
        raise Invalid.at("body", "send the file as `file` in multipart/form-data")
    async with request.form(max_files=1, max_fields=len(UploadHints.model_fields) + 2) as form:
        hints = hints_of(form)
        upload = form.get("file")
        if not isinstance(upload, UploadFile) or not (upload.filename or upload.size):
            raise Invalid.at("file", "is required")
        if (upload.size or 0) > largest_mb * MIB:
            raise Invalid.at("file", f"the file has more than {largest_mb} MiB, which is the limit")
        first = await upload.read(LOOKED_AT)
        if reason := refusal_of(first):
            raise Invalid.at("file", reason)
        sha256, size = await asyncio.to_thread(digest_of, upload.file)
        yield ReceivedFile(upload.file, _name(upload.filename), sha256, size, hints)


def _name(name: str | None) -> str:
    """Return the name of the file without folders and what cannot be printed."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:LONGEST_NAME] or "bill"
