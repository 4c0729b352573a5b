"""The workflows of vendor bills for their callers: read a file, push a bill, fetch a month, and how far each is.

Each start is safe to repeat: a workflow that runs already is joined.
"""

from dataclasses import dataclass
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from models.bills.bill import BillKey
from models.bills.ingest import FetchReport
from models.bills.ports import PUSH_WANTED, FileToRead, PushWanted
from models.values.progress import Progress
from workflows.bills.bill import VendorBillWorkflow
from workflows.bills.fetch import VendorBillFetchWorkflow
from workflows.bills.file import VendorBillFileWorkflow
from workflows.bills.messages import BillStart, FetchStart, FileStart
from workflows.client.billing_runs import QUERY_TIMEOUT, RunState
from workflows.client.errors import WorkflowClosed, read_error, refusal_of, transport_error
from workflows.client.waiting import waits_for
from workflows.runtime import ids


@dataclass(frozen=True)
class Run:
    """The newest run of a workflow. `problem` says why it failed, or which failure it waits to repeat."""

    state: RunState
    progress: Progress | None = None
    problem: str | None = None


async def read_file(client: Client, file: FileToRead) -> str:
    """Start to read a file, and return the id of its workflow. Raises TemporalUnavailable or OutcomeUnknown."""
    workflow_id = ids.bill_file(file.sha256)
    try:
        await client.start_workflow(
            VendorBillFileWorkflow.run,
            FileStart(file=file),
            id=workflow_id,
            task_queue=ids.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=file.name,
        )
    except RPCError as error:
        raise transport_error(error, workflow_id) from error
    return workflow_id


async def push(client: Client, key: BillKey, wish: PushWanted) -> str:
    """Tell the workflow of the bill to push it, and return its id; one that has ended starts again."""
    try:
        await client.start_workflow(
            VendorBillWorkflow.run,
            BillStart(key=key),
            id=key.workflow_id,
            task_queue=ids.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal=PUSH_WANTED,
            start_signal_args=[wish],
            static_summary=key.title,
        )
    except RPCError as error:
        raise transport_error(error, key.workflow_id) from error
    return key.workflow_id


async def fetch(client: Client, start: FetchStart) -> WorkflowHandle[Any, FetchReport]:
    """Start to fetch a month, and return the handle of the workflow."""
    assert start.month is not None, "a fetch that is started by hand names its month"
    return await client.start_workflow(
        VendorBillFetchWorkflow.run,
        start,
        id=ids.bill_fetch(start.provider, start.account, start.month),
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"{start.provider}, {start.account}, {start.month}",
    )


async def look(client: Client, workflow_id: str) -> Run | None:
    """Return the newest run; None if there is none that Temporal still keeps. Raises TemporalUnavailable."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        description = await handle.describe(rpc_timeout=QUERY_TIMEOUT)
        match description.status:
            case WorkflowExecutionStatus.RUNNING | WorkflowExecutionStatus.CONTINUED_AS_NEW:
                progress = await _progress(client, description)
                return Run(RunState.RUNNING, progress, await waits_for(client, description))
            case WorkflowExecutionStatus.COMPLETED:
                return Run(RunState.COMPLETED)
            case status:
                return Run(RunState.FAILED, problem=await _why_failed(handle, status))
    except RPCError as error:
        failed = read_error(error, workflow_id)
        if isinstance(failed, WorkflowClosed):
            return None
        raise failed from error


async def _progress(client: Client, description: WorkflowExecutionDescription) -> Progress | None:
    """Return what the newest heartbeat of a running activity says."""
    for pending in description.raw_description.pending_activities:
        if pending.heartbeat_details.payloads:
            [found] = await client.data_converter.decode(pending.heartbeat_details.payloads[:1], [Progress])
            return found if isinstance(found, Progress) else None
    return None


async def _why_failed(handle: WorkflowHandle[Any, Any], status: WorkflowExecutionStatus | None) -> str:
    try:
        await handle.result()
    except WorkflowFailureError as error:
        return refusal_of(error.cause).message
    return f"The workflow ended as {status.name.lower() if status else 'unknown'}."
