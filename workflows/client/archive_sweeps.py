"""The archive sweep for operators: its nightly schedule, and a sweep that is started now.

See docs/specification/temporal.md 6.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from models.archive.sweep import SweepReport
from models.values.period import BILLING_ZONE
from workflows.archive.messages import SweepStart
from workflows.archive.sweep import ArchiveSweepWorkflow
from workflows.client import schedules
from workflows.client.billing_runs import NO_ANSWER, QUERY_TIMEOUT, RunState
from workflows.client.errors import WorkflowClosed, read_error, refusal_of
from workflows.client.waiting import waits_for
from workflows.runtime import ids

HOUR = 3
SUMMARY = "Compares the archive with the database"

SweepHandle = WorkflowHandle[ArchiveSweepWorkflow, SweepReport]


@dataclass(frozen=True)
class Sweep:
    """A sweep; `problem` says why it failed or what it waits for."""

    id: str
    state: RunState
    report: SweepReport = field(default_factory=SweepReport)
    problem: str | None = None


@dataclass(frozen=True)
class NightlySweep:
    """The nightly schedule; `last` is its newest sweep, None if there is none that Temporal still stores."""

    paused: bool
    note: str | None
    next_time: datetime | None
    last: Sweep | None

    @property
    def needs_attention(self) -> bool:
        """Whether it is paused, or its last sweep failed or found something."""
        failed = self.last is not None and self.last.state is RunState.FAILED
        return self.paused or failed or bool(self.last and self.last.report.found)


def nightly(state: ScheduleState | None = None) -> Schedule:
    """Return the schedule: each day at 03:00 in Tashkent. A sweep that still runs makes the next one unnecessary."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ArchiveSweepWorkflow.run,
            SweepStart(),
            id=ids.SWEEP_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary=SUMMARY,
        ),
        spec=ScheduleSpec(
            calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(HOUR)], comment="each day at 03:00, Tashkent")],
            time_zone_name=BILLING_ZONE,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=12)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await schedules.apply_schedule(client, ids.SWEEP_SCHEDULE, nightly)


async def describe(client: Client) -> NightlySweep | None:
    """Return the schedule as Temporal has it; None if there is none yet."""
    found = await schedules.find_schedule(client, ids.SWEEP_SCHEDULE)
    if found is None:
        return None
    last = None
    if found.last_workflow_id:
        with suppress(WorkflowClosed):
            last = await look(client, found.last_workflow_id)
    return NightlySweep(found.paused, found.note, found.next_time, last)


async def start_now(client: Client, start: SweepStart) -> str:
    """Start a sweep, or join the one that was started so before and still runs; return its workflow id."""
    await client.start_workflow(
        ArchiveSweepWorkflow.run,
        start,
        id=ids.SWEEP_NOW,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=SUMMARY,
    )
    return ids.SWEEP_NOW


async def look(client: Client, workflow_id: str) -> Sweep:
    """Return the newest sweep of this id. Raises WorkflowClosed if there is none, or TemporalUnavailable."""
    handle = client.get_workflow_handle_for(ArchiveSweepWorkflow.run, workflow_id)
    try:
        description = await handle.describe(rpc_timeout=QUERY_TIMEOUT)
        match description.status:
            case WorkflowExecutionStatus.COMPLETED:
                return Sweep(workflow_id, RunState.COMPLETED, await handle.result())
            case WorkflowExecutionStatus.RUNNING | WorkflowExecutionStatus.CONTINUED_AS_NEW:
                problem = await waits_for(client, description)
                return Sweep(workflow_id, RunState.RUNNING, await _report_so_far(handle), problem)
            case status:
                return Sweep(workflow_id, RunState.FAILED, problem=await _why_failed(handle, status))
    except RPCError as error:
        raise read_error(error, workflow_id) from error


async def _report_so_far(handle: SweepHandle) -> SweepReport:
    """Return the result so far; an empty one while no worker answers."""
    try:
        return await handle.query(ArchiveSweepWorkflow.report, rpc_timeout=QUERY_TIMEOUT)
    except WorkflowQueryFailedError:
        return SweepReport()
    except RPCError as error:
        if error.status not in NO_ANSWER:
            raise
        return SweepReport()


async def _why_failed(handle: SweepHandle, status: WorkflowExecutionStatus | None) -> str:
    try:
        await handle.result()
    except WorkflowFailureError as error:
        return str(refusal_of(error.cause))
    return f"The sweep ended as {status}."
