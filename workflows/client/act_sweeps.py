"""The sweep of acts for operators: its hourly schedule, and a sweep that is started now.

See docs/specification/effects.md 5.9.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from models.invoice.acts.looks import SWEEP_EVERY
from models.invoice.acts.sweep import ActSweepReport
from workflows.client import schedules
from workflows.client.billing_runs import QUERY_TIMEOUT, RunState
from workflows.client.errors import WorkflowClosed, read_error, refusal_of
from workflows.client.waiting import waits_for
from workflows.invoice.act_sweep import ActSweepStart, ActSweepWorkflow
from workflows.runtime import ids

SUMMARY = "Tells the invoices whose act has changed in Didox"


@dataclass(frozen=True)
class ActSweep:
    """A sweep; `report` is there when it is complete, `problem` says why it failed or what it waits for."""

    id: str
    state: RunState
    report: ActSweepReport | None = None
    problem: str | None = None


@dataclass(frozen=True)
class HourlySweep:
    """The hourly schedule; `last` is its newest sweep, None if there is none that Temporal still stores."""

    paused: bool
    note: str | None
    next_time: datetime | None
    last: ActSweep | None

    @property
    def needs_attention(self) -> bool:
        """Whether it is paused, or its last sweep failed."""
        return self.paused or (self.last is not None and self.last.state is RunState.FAILED)


def hourly(state: ScheduleState | None = None) -> Schedule:
    """Return the schedule. A missed time is not made up for, because the next sweep begins where the last one ended."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ActSweepWorkflow.run,
            ActSweepStart(),
            id=ids.ACT_SWEEP_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary=SUMMARY,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=SWEEP_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await schedules.apply_schedule(client, ids.ACT_SWEEP_SCHEDULE, hourly)


async def remove(client: Client) -> bool:
    """Delete the schedule; return whether there was one."""
    return await schedules.remove_schedule(client, ids.ACT_SWEEP_SCHEDULE)


async def describe(client: Client) -> HourlySweep | None:
    """Return the schedule as Temporal has it; None if there is none."""
    found = await schedules.find_schedule(client, ids.ACT_SWEEP_SCHEDULE)
    if found is None:
        return None
    last = None
    if found.last_workflow_id:
        with suppress(WorkflowClosed):
            last = await look(client, found.last_workflow_id)
    return HourlySweep(found.paused, found.note, found.next_time, last)


async def start_now(client: Client) -> str:
    """Start a sweep, or join the one that was started so before and still runs; return its workflow id."""
    await client.start_workflow(
        ActSweepWorkflow.run,
        ActSweepStart(),
        id=ids.ACT_SWEEP_NOW,
        task_queue=ids.TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        static_summary=SUMMARY,
    )
    return ids.ACT_SWEEP_NOW


async def look(client: Client, workflow_id: str) -> ActSweep:
    """Return the newest sweep of this id. Raises WorkflowClosed if there is none, or TemporalUnavailable."""
    handle = client.get_workflow_handle_for(ActSweepWorkflow.run, workflow_id)
    try:
        description = await handle.describe(rpc_timeout=QUERY_TIMEOUT)
        if description.status in (WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW):
            return ActSweep(workflow_id, RunState.RUNNING, problem=await waits_for(client, description))
        return ActSweep(workflow_id, RunState.COMPLETED, await handle.result())
    except WorkflowFailureError as error:
        return ActSweep(workflow_id, RunState.FAILED, problem=str(refusal_of(error.cause)))
    except RPCError as error:
        raise read_error(error, workflow_id) from error
