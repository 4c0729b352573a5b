"""Routes of the files of vendor bills: upload, list, and how far a file is."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import RowMapping

from activities.bills.ingest.stored_bill_files import store_file
from activities.clients.errors import ClientError
from activities.clients.stored_files import FileStore
from api.bills.deps import Bills, Editor, Reader, Sha256, Store
from api.bills.filters import FileQuery
from api.bills.repository import BillRepository
from api.bills.schemas import (
    FileDetail,
    FilePage,
    FileState,
    FileSummary,
    HeadView,
    Received,
)
from api.bills.uploads import FORM_BODY, BillUploadRoute, ReceivedFile, received
from api.deps import AppState, StateDep
from api.errors import NotFound, Unavailable
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import Responses, errors
from models.bills.bill import BillKey
from models.bills.ports import FileToRead
from workflows.client import bills as bill_workflows
from workflows.client.billing_runs import RunState
from workflows.client.bills import Run
from workflows.client.errors import TemporalUnavailable
from workflows.runtime import ids

router = APIRouter(tags=["bills"], route_class=DecimalJsonRoute)
uploads = APIRouter(route_class=BillUploadRoute)

_KNOWN: Responses = {200: {"model": Envelope[Received], "description": "The same file was read before."}}
WAITING = "waiting"


def status_url(sha256: str) -> str:
    return f"/api/v1/vendor-bills/files/{sha256}"


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


async def stored_and_started(
    file: ReceivedFile, by: str, bills: BillRepository, store: FileStore, state: AppState
) -> Received:
    """Store the file and start to read it, unless it was read before. Raises Unavailable."""
    answer = Received(
        sha256=file.sha256,
        already_read=False,
        workflow_id=ids.bill_file(file.sha256),
        status_url=status_url(file.sha256),
    )
    before = await bills.file(file.sha256)
    try:
        is_lost = await _is_lost(store, before)
        if before is not None and not is_lost and _is_whole(before):
            return answer.model_copy(update={"already_read": True})
        await store_file(store, file.sha256, file.file, file.size)
    except ClientError as error:
        raise Unavailable(error.message) from error
    to_read = FileToRead(sha256=file.sha256, name=file.name, size=file.size, by=by, hints=file.hints, again=is_lost)
    await bill_workflows.read_file(await state.temporal.client(), to_read)
    return answer


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
    row = await bills.file(sha256)
    run = await _look(state, ids.bill_file(sha256))
    if row is None and run is None:
        raise NotFound(f"There is no file {sha256}.")
    heads = await bills.heads(sha256) if row is not None else []
    detail = FileDetail(
        sha256=sha256,
        state=_state(row, run),
        workflow_id=ids.bill_file(sha256),
        progress=run.progress if run else None,
        waits_for=run.problem if run else None,
        file=FileSummary.model_validate(dict(row)) if row is not None else None,
        problems=row["problems"] if row is not None else [],
        bills=[_head(head) for head in heads],
    )
    return Envelope(data=detail)


def _is_whole(file: RowMapping) -> bool:
    """Return whether the file was read, and all of its bills have an outcome."""
    return file["refusal"] is None and not file["outcomes"].get(WAITING)


async def _is_lost(store: FileStore, file: RowMapping | None) -> bool:
    """Return whether the lines of a file that was read are gone from the store, so that it has to be read again."""
    return file is not None and file["lines_key"] is not None and await store.head(file["lines_key"]) is None


async def _look(state: StateDep, workflow_id: str) -> Run | None:
    """Return the run of the workflow; None also if Temporal does not answer, because the rows are there without it."""
    try:
        return await bill_workflows.look(await state.temporal.client(), workflow_id)
    except TemporalUnavailable:
        return None


def _state(row: RowMapping | None, run: Run | None) -> FileState:
    runs = run is not None and run.state is RunState.RUNNING
    if row is None:
        return FileState.READING if runs else FileState.FAILED
    if row["refusal"] is not None:
        return FileState.READING if runs else FileState.REFUSED
    if not row["outcomes"].get(WAITING):
        return FileState.DONE
    return FileState.FAILED if run is not None and run.state is RunState.FAILED else FileState.WRITING


def _head(head: RowMapping) -> HeadView:
    key = BillKey(provider=head["provider"], account=head["account"], provider_invoice_id=head["provider_invoice_id"])
    return HeadView.model_validate({**head, "workflow_id": key.workflow_id})


router.include_router(uploads)
