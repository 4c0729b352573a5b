"""Routes of the files of vendor bills: upload, list, and how far a file is."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.bills.calls.files import file_detail, stored_and_started
from api.bills.deps import Bills, Editor, Reader, Sha256, Store
from api.bills.filters import FileQuery
from api.bills.schemas import (
    FileDetail,
    FilePage,
    FileSummary,
    Received,
)
from api.bills.uploads import FORM_BODY, BillUploadRoute, received
from api.deps import StateDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import Responses, errors

router = APIRouter(tags=["bills"], route_class=DecimalJsonRoute)
uploads = APIRouter(route_class=BillUploadRoute)

_KNOWN: Responses = {200: {"model": Envelope[Received], "description": "The same file was read before."}}


@uploads.post(
    "/vendor-bills",
    status_code=202,
    summary="Upload a file of vendor bills",
    responses=_KNOWN | errors(400, 401, 403, 413, 503, 504),
    openapi_extra=FORM_BODY,
)
async def upload_bill(
    request: Request, user: Editor, bills: Bills, store: Store, state: StateDep, response: Response
) -> Envelope[Received]:
    """Stores the file under its digest and starts to read it; `status_url` says how far it is. The format follows from
    the content. A file that was read before changes nothing: the status is 200, and `already_read` is true."""
    async with received(request, state.settings.bills.largest_mb) as file:
        answer = await stored_and_started(file, user.username, bills, store, state)
    if answer.already_read:
        response.status_code = 200
    return Envelope(data=answer)


@router.get("/vendor-bills/files", summary="List the files of vendor bills", responses=errors(400, 401, 503))
async def list_bill_files(query: Annotated[FileQuery, Query()], bills: Bills, _: Reader) -> FilePage:
    """Returns the newest first. Use `cursor` to read all pages without gaps."""
    found = await bills.files(query)
    shown = found[: query.per_page]
    following = query.cursor_after(shown[-1]["uploaded_at"], shown[-1]["sha256"]) if len(found) > len(shown) else None
    return FilePage(data=[FileSummary.model_validate(dict(row)) for row in shown], next_cursor=following)


@router.get("/vendor-bills/files/{sha256}", summary="How far a file is", responses=errors(400, 401, 404, 503))
async def get_bill_file(sha256: Sha256, bills: Bills, state: StateDep, _: Reader) -> Envelope[FileDetail]:
    """Returns the step that runs now, what does not fit in the file, and what became of each of its bills."""
    return Envelope(data=await file_detail(sha256, bills, state))


router.include_router(uploads)
