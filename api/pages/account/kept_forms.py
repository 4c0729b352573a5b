"""A form that is sent after its session has ended is kept in the page: the person signs in, and it is sent then.

Nothing is stored on the server. The fields travel as hidden fields through the sign-in page; files cannot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.pages.sessions import own_page

FIELD = "kept."
ADDRESS = "kept_address"
WITH_FILES = "kept_files"
FILE_FORM = "kept_file_form"
MOST_FIELDS = 3000
MOST_FILES = 20
LARGEST_FORM = 2 * 1024 * 1024  # whoever sends it is not signed in, so little is read
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class KeptForm:
    """The fields of a form in their order, where it was sent to, and whether it had files, which are lost."""

    address: str
    fields: Sequence[tuple[str, str]]
    has_files: bool
    is_file_form: bool

    @classmethod
    async def of_request(cls, request: Request) -> Self | None:
        """Return the form that the request has sent; None if it has none that can be kept."""
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        length = request.headers.get("Content-Length", "")
        is_small = length.isascii() and length.isdecimal() and int(length) <= LARGEST_FORM
        if request.method != "POST" or kind not in _FORMS or not is_small:
            return None
        try:
            form = await request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LARGEST_FORM)
        except (ClientDisconnect, HTTPException, RuntimeError):  # it was read already, or is too large to be kept
            return None
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
        if not fields:  # nobody typed anything, for example to sign out
            return None
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        return cls(address, fields, any(file.filename for file in files), kind == _FORMS[1])

    @classmethod
    def of_fields(cls, form: FormData) -> Self:
        """Return the form that the sign-in page has carried."""
        fields = [
            (name.removeprefix(FIELD), value)
            for name, value in form.multi_items()
            if name.startswith(FIELD) and isinstance(value, str)
        ]
        address = form.get(ADDRESS)
        return cls(
            own_page(address if isinstance(address, str) else None),
            fields,
            form.get(WITH_FILES) == "true",
            form.get(FILE_FORM) == "true",
        )

    @property
    def carried(self) -> Sequence[tuple[str, str]]:
        """The fields by which the sign-in page carries the form."""
        flags = {WITH_FILES: self.has_files, FILE_FORM: self.is_file_form}
        return [
            (ADDRESS, self.address),
            *((name, "true") for name, is_set in flags.items() if is_set),
            *((f"{FIELD}{name}", value) for name, value in self.fields),
        ]
