"""A file of vendor bills: stored and read, and how far it is."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from activities.bills.ingest.stored_bill_files import store_file
from activities.clients.errors import ClientError
from activities.clients.stored_files import FileStore
from api.bills.repository import BillRepository
from api.bills.schemas import FileDetail, FileState, FileSummary, HeadView, Received
from api.bills.uploads import ReceivedFile
from api.deps import AppState
from api.errors import NotFound, Unavailable
from models.bills.bill import BillKey
from models.bills.ports import FileToRead
from workflows.client import bills as bill_workflows
from workflows.client.billing_runs import RunState
from workflows.client.bills import Run
from workflows.client.errors import TemporalUnavailable
from workflows.runtime import ids

WAITING = "waiting"


def status_url(sha256: str) -> str:
    return f"/api/v1/vendor-bills/files/{sha256}"


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


async def file_detail(sha256: str, bills: BillRepository, state: AppState) -> FileDetail:
    """Return how far the file is. Raise NotFound when there is none."""
    # The run first: a file that is read again keeps its earlier outcomes until the run replaces them, so rows that are
    # older than an ended run would show those as its outcomes.
    run = await _look(state, ids.bill_file(sha256))
    row, heads = await bills.file_with_heads(sha256)
    if row is None and run is None:
        raise NotFound(f"There is no file {sha256}.")
    return FileDetail(
        sha256=sha256,
        state=state_of(row, run.state if run else None),
        workflow_id=ids.bill_file(sha256),
        progress=run.progress if run else None,
        waits_for=run.problem if run else None,
        file=FileSummary.model_validate(dict(row)) if row is not None else None,
        problems=row["problems"] if row is not None else [],
        bills=[_head(head) for head in heads],
    )


def state_of(row: RowMapping | Mapping[str, Any] | None, run: RunState | None) -> FileState:
    """Return how far a file is, from its row and the state of its newest run; the row may be of an earlier run."""
    if run is RunState.FAILED:
        return FileState.FAILED
    if row is None:
        return FileState.READING if run is RunState.RUNNING else FileState.FAILED
    if row["outcomes"].get(WAITING):
        return FileState.WRITING
    if run is RunState.RUNNING:
        return FileState.READING
    return FileState.DONE if row["refusal"] is None else FileState.REFUSED


def _is_whole(file: RowMapping) -> bool:
    """Return whether the file was read, and all of its bills have an outcome."""
    return file["refusal"] is None and not file["outcomes"].get(WAITING)


async def _is_lost(store: FileStore, file: RowMapping | None) -> bool:
    """Return whether the lines of a file that was read are gone from the store, so that it has to be read again."""
    return file is not None and file["lines_key"] is not None and await store.head(file["lines_key"]) is None


async def _look(state: AppState, workflow_id: str) -> Run | None:
    """Return the run of the workflow; None also if Temporal does not answer, because the rows are there without it."""
    try:
        return await bill_workflows.look(await state.temporal.client(), workflow_id)
    except TemporalUnavailable:
        return None


def _head(head: RowMapping) -> HeadView:
    key = BillKey(provider=head["provider"], account=head["account"], provider_invoice_id=head["provider_invoice_id"])
    return HeadView.model_validate({**head, "workflow_id": key.workflow_id})
