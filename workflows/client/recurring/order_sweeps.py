"""The hourly schedule of the sweep of orders."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)

from workflows.client import schedules
from workflows.partners.order_sweep import OrderSweepStart, OrderSweepWorkflow
from workflows.runtime import ids

EVERY = timedelta(hours=1)


def hourly(state: ScheduleState | None = None) -> Schedule:
    """Return the schedule. A sweep that was missed is not repeated, because the next one finds the same."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            OrderSweepWorkflow.run,
            OrderSweepStart(),
            id=ids.ORDER_SWEEP_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary="Closes batches whose month is over, and places orders that are ready",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY, offset=timedelta(minutes=20))]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=10)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await schedules.apply_schedule(client, ids.ORDER_SWEEP_SCHEDULE, hourly)
