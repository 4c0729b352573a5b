"""Runs over many contracts, as the API and the command line ask for them: start or join one, see how far it is."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from models.billing.billing_run import MonthlyReport
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.client.errors import failure_message, refusal_of, transport_error
from workflows.runtime import ids

LOOK = timedelta(seconds=5)
# No answer to a question: no worker, or one that is busy, or a run that has been followed by the next a moment ago.
SILENCE = frozenset({RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION})

RunHandle = WorkflowHandle[MonthlyDraftsWorkflow, MonthlyReport]


class RunState(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Run:
    """`problem`: why it failed, or what it waits for."""

    id: str
    state: RunState
    report: MonthlyReport = field(default_factory=lambda: MonthlyReport(label=""))
    problem: str | None = None


async def draft_many(client: Client, start: MonthlyStart, patience: timedelta) -> Run:
    """Starts the run of this period and these contracts, or joins the one under way; waits a while for its end.

    Raises RequestFailed, TemporalUnavailable or OutcomeUnknown.
    """
    assert start.period is not None
    run_id = ids.monthly_run(start.period, start.application_keys)
    try:
        await client.start_workflow(
            MonthlyDraftsWorkflow.run,
            start,
            id=run_id,
            task_queue=ids.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            static_summary=f"Drafts for {start.period.title}",
        )
        async with asyncio.timeout(patience.total_seconds()):
            return await _ended(_handle(client, run_id))
    except TimeoutError:
        return await describe_run(client, run_id)
    except WorkflowFailureError as error:
        raise refusal_of(error.cause) from error
    except RPCError as error:
        raise transport_error(error, run_id) from error


async def describe_run(client: Client, run_id: str) -> Run:
    """The newest run of this id. Raises WorkflowClosed where there is none, and TemporalUnavailable."""
    handle = _handle(client, run_id)
    try:
        description = await handle.describe(rpc_timeout=LOOK)
        match description.status:
            case WorkflowExecutionStatus.COMPLETED:
                return await _ended(handle)
            case WorkflowExecutionStatus.RUNNING | WorkflowExecutionStatus.CONTINUED_AS_NEW:
                return await _under_way(client, handle, description)
            case status:
                return Run(run_id, RunState.FAILED, problem=await _why_failed(handle, status))
    except RPCError as error:
        raise transport_error(error, run_id) from error


def _handle(client: Client, run_id: str) -> RunHandle:
    return client.get_workflow_handle_for(MonthlyDraftsWorkflow.run, run_id)


async def _ended(handle: RunHandle) -> Run:
    return Run(handle.id, RunState.COMPLETED, await handle.result())


async def _under_way(client: Client, handle: RunHandle, description: WorkflowExecutionDescription) -> Run:
    pending = description.raw_description.pending_activities
    failures = (each.last_failure for each in pending if each.last_failure.message)
    failure = next(failures, None)
    waits_for = await failure_message(client, failure) if failure else None
    try:
        report = await handle.query(MonthlyDraftsWorkflow.report, rpc_timeout=LOOK)
    except WorkflowQueryFailedError:
        return Run(handle.id, RunState.RUNNING, problem="The run cannot say yet how far it is.")
    except RPCError as error:
        if error.status not in SILENCE:
            raise
        return Run(handle.id, RunState.RUNNING, problem="No worker answers; look whether one is running.")
    return Run(handle.id, RunState.RUNNING, report, waits_for)


async def _why_failed(handle: RunHandle, status: WorkflowExecutionStatus | None) -> str:
    try:
        await handle.result()
    except WorkflowFailureError as error:
        return str(refusal_of(error.cause))
    return f"The run ended as {status}."
