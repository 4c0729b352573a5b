"""Aktum's API as the commands of vendor bills use it: upload a file, look how far it is, list bills."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

import httpx
from pydantic import BaseModel, ConfigDict

from operations.api.client import ApiClient, ApiUnavailable, json_of

UPLOAD_SECONDS: Final = 600
_PIECE: Final = 256 * 1024
_ENDED: Final = frozenset({"done", "refused", "failed"})


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Received(Part):
    """What the API says about an uploaded file."""

    sha256: str
    already_read: bool


class Progress(Part):
    step: str
    done: int
    total: int | None


class Problem(Part):
    """What does not fit, with its place."""

    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None

    @property
    def text(self) -> str:
        """The message with its place in front."""
        place = ", ".join(
            part
            for part in (f"row {self.row}" if self.row else "", f"column {self.column}" if self.column else "")
            if part
        )
        value = f" ({self.value!r})" if self.value else ""
        return f"{place}: {self.message}{value}" if place else f"{self.message}{value}"


class Head(Part):
    """What became of a bill of a file."""

    provider_invoice_id: str
    bill_id: str | None
    outcome: str | None
    note: str | None


class FileRow(Part):
    format: str
    rows: int
    refusal: str | None
    problem_count: int
    outcomes: dict[str, int]


class FileStatus(Part):
    """How far a file is."""

    state: str
    progress: Progress | None
    waits_for: str | None
    file: FileRow | None
    problems: list[Problem]
    bills: list[Head]

    @property
    def has_ended(self) -> bool:
        return self.state in _ENDED


class Finance(Part):
    state: str
    note: str | None


class BillRow(Part):
    """A bill as the API shows it; the costs are exact texts."""

    id: str
    provider: str
    account: str
    provider_invoice_id: str
    issuer: str
    number: str | None
    currency: str
    period_start: str
    line_count: int
    net: str
    tax: str
    gross: str
    version: int
    status: str
    adds_up: bool
    is_done: bool
    finance: Finance
    problems: list[Problem] = []
    waits_for: str | None = None

    @property
    def name(self) -> str:
        return self.number or self.provider_invoice_id


class BillsApi(ApiClient):
    """The vendor bills of the API."""

    async def upload(self, path: Path, hints: Mapping[str, str], sent: Callable[[int], None]) -> Received:
        """Send a file in pieces. It is not sent again after a lost answer; the caller may, because nothing doubles."""
        boundary = uuid.uuid4().hex
        try:
            answer = await self._http.post(
                "/vendor-bills",
                content=_form(path, hints, boundary, sent),
                headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
                timeout=UPLOAD_SECONDS,
            )
        except httpx.TransportError as error:
            raise ApiUnavailable(f"{type(error).__name__} {error}".strip()) from error
        return Received.model_validate(json_of(answer)["data"])

    async def ping(self) -> None:
        """Raise ApiUnavailable if the API does not answer, and ApiRefused if it does not know the token."""
        await self._ask("GET", "/vendor-bills", params={"per_page": "1"})

    async def file(self, sha256: str) -> FileStatus:
        return FileStatus.model_validate((await self._ask("GET", f"/vendor-bills/files/{sha256}"))["data"])

    async def bill(self, bill_id: str) -> BillRow:
        return BillRow.model_validate((await self._ask("GET", f"/vendor-bills/{bill_id}"))["data"])

    async def bills(self, filters: Mapping[str, str]) -> list[BillRow]:
        """Return all bills that match, the newest first."""
        found: list[BillRow] = []
        cursor: str | None = None
        while True:
            page = {**filters, "per_page": "100"} | ({"cursor": cursor} if cursor else {})
            answer = await self._ask("GET", "/vendor-bills", params=page)
            found += [BillRow.model_validate(row) for row in answer["data"]]
            cursor = answer["next_cursor"]
            if cursor is None:
                return found


async def _form(
    path: Path, hints: Mapping[str, str], boundary: str, sent: Callable[[int], None]
) -> AsyncIterator[bytes]:
    """Yield the form in pieces, so that no file is in memory as a whole."""
    for name, value in hints.items():
        yield f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    name = path.name.replace('"', "%22").replace("\r", "").replace("\n", "")
    disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    yield f"--{boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n".encode()
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            yield piece
            sent(len(piece))
    yield f"\r\n--{boundary}--\r\n".encode()
