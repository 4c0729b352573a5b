"""Billing runs for the API and the command line: start or join a run, and describe its progress."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from temporalio.client import (
    Client,
    WorkflowExecution,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from models.billing.billing_run import Cancellation, MonthlyReport
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import CancelRest, MonthlyStart
from workflows.client.deadline import deadline, read_deadline
from workflows.client.errors import WorkflowClosed, read_error, refusal_of, transport_error
from workflows.client.waiting import waits_for
from workflows.runtime import ids

QUERY_TIMEOUT = timedelta(seconds=5)
DESCRIPTION_TIMEOUT = timedelta(seconds=15)  # a description, a query, and the result of a run that has ended
# The query had no answer: no worker runs, the worker is busy, or the run has just continued as new.
NO_ANSWER = frozenset({RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION})

# A run of many contracts continues as new; only its last part is listed.
_RUNS = 'WorkflowType = "MonthlyDrafts" AND ExecutionStatus != "ContinuedAsNew"'

RunHandle = WorkflowHandle[MonthlyDraftsWorkflow, MonthlyReport]


class RunState(StrEnum):
    """The state of a billing run."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class Run:
    """A billing run; `problem` says why it failed or what it waits for."""

    id: str
    state: RunState
    report: MonthlyReport = field(default_factory=lambda: MonthlyReport(label=""))
    problem: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


async def start_run(client: Client, start: MonthlyStart, timeout: timedelta) -> str:
    """Start the run of this period and these contracts, or join one that is running, and return its id.

    Raises TemporalUnavailable or OutcomeUnknown.
    """
    assert start.period is not None
    run_id = ids.monthly_run(start.period, start.application_keys)
    try:
        async with deadline(timeout, run_id):
            await _start(client, start, run_id)
    except RPCError as error:
        raise transport_error(error, run_id) from error
    return run_id


async def cancel_rest(client: Client, run_id: str, by: str, timeout: timedelta) -> Cancellation:
    """Cancel the contracts that the run has not reached, and return who did it first. A repetition changes nothing.

    Raises WorkflowClosed if the run has ended, TemporalUnavailable or OutcomeUnknown.
    """
    try:
        async with deadline(timeout, run_id):
            found: Cancellation = await _handle(client, run_id).execute_update(
                "cancel_rest", CancelRest(by=by), result_type=Cancellation
            )
            return found
    except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise transport_error(error, run_id) from error


async def list_runs(client: Client, limit: int) -> list[Run]:
    """Return the newest runs, started by people or by the schedule; of runs with one id only the newest.

    Temporal keeps a run for its retention time only. Raises TemporalUnavailable.
    """
    found: dict[str, WorkflowExecution] = {}
    try:
        async with read_deadline(DESCRIPTION_TIMEOUT):
            async for each in client.list_workflows(_RUNS, rpc_timeout=QUERY_TIMEOUT):
                found.setdefault(each.id, each)
                if len(found) == limit:
                    break
    except RPCError as error:
        raise read_error(error, ids.MONTHLY_SCHEDULE) from error
    described = await asyncio.gather(*(_described_or_gone(client, run_id) for run_id in found))
    times = {each.id: (each.start_time, each.close_time) for each in found.values()}
    return [replace(run, started_at=times[run.id][0], ended_at=times[run.id][1]) for run in described if run]


async def _described_or_gone(client: Client, run_id: str) -> Run | None:
    """Return the run; None if its retention time has ended since it was listed."""
    try:
        return await describe_run(client, run_id)
    except WorkflowClosed:
        return None


async def draft_many(client: Client, start: MonthlyStart, timeout: timedelta) -> Run:
    """Start the run of this period and these contracts, or join one that is running.

    Returns the run as it is when it ends, or after the timeout.

    Raises RequestFailed, TemporalUnavailable or OutcomeUnknown.
    """
    assert start.period is not None
    run_id = ids.monthly_run(start.period, start.application_keys)
    try:
        async with deadline(timeout, run_id):
            await _start(client, start, run_id)
        async with asyncio.timeout(timeout.total_seconds()):
            return await _completed(_handle(client, run_id))
    except TimeoutError:
        return await describe_run(client, run_id)
    except WorkflowFailureError as error:
        raise refusal_of(error.cause) from error
    except RPCError as error:
        raise transport_error(error, run_id) from error


async def _start(client: Client, start: MonthlyStart, run_id: str) -> None:
    assert start.period is not None
    await client.start_workflow(
        MonthlyDraftsWorkflow.run,
        start,
        id=run_id,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=f"Drafts for {start.period.title}",
    )


async def describe_run(client: Client, run_id: str, limit: timedelta = DESCRIPTION_TIMEOUT) -> Run:
    """Return the newest run of this id. Raises WorkflowClosed if there is none, or TemporalUnavailable."""
    try:
        async with read_deadline(limit):
            return await _described(client, _handle(client, run_id))
    except RPCError as error:
        raise read_error(error, run_id) from error


async def _described(client: Client, handle: RunHandle) -> Run:
    description = await handle.describe(rpc_timeout=QUERY_TIMEOUT)
    match description.status:
        case WorkflowExecutionStatus.COMPLETED:
            return await _completed(handle)
        case WorkflowExecutionStatus.RUNNING | WorkflowExecutionStatus.CONTINUED_AS_NEW:
            return await _in_progress(client, handle, description)
        case status:
            return Run(handle.id, RunState.FAILED, problem=await _why_failed(handle, status))


def _handle(client: Client, run_id: str) -> RunHandle:
    return client.get_workflow_handle_for(MonthlyDraftsWorkflow.run, run_id)


async def _completed(handle: RunHandle) -> Run:
    return Run(handle.id, RunState.COMPLETED, await handle.result())


async def _in_progress(client: Client, handle: RunHandle, description: WorkflowExecutionDescription) -> Run:
    problem = await waits_for(client, description)
    try:
        report = await handle.query(MonthlyDraftsWorkflow.report, rpc_timeout=QUERY_TIMEOUT)
    except WorkflowQueryFailedError:
        return Run(handle.id, RunState.RUNNING, problem="The run cannot report its progress yet.")
    except RPCError as error:
        if error.status not in NO_ANSWER:
            raise
        return Run(handle.id, RunState.RUNNING, problem="No worker answers; check whether a worker is running.")
    return Run(handle.id, RunState.RUNNING, report, problem)


async def _why_failed(handle: RunHandle, status: WorkflowExecutionStatus | None) -> str:
    try:
        await handle.result()
    except WorkflowFailureError as error:
        return str(refusal_of(error.cause))
    return f"The run ended as {status}."
