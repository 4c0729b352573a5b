"""The schedule that reads the mailbox of bounces."""

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
from workflows.invoice.mailbox import ReadBouncesWorkflow
from workflows.runtime import ids


def reading(every: timedelta, state: ScheduleState | None = None) -> Schedule:
    """Return the schedule. A missed time is not made up for, because the next run reads everything."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ReadBouncesWorkflow.run,
            id=ids.MAILBOX_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary="Notices of letters that did not arrive",
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(minutes=1)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client, every: timedelta) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await schedules.apply_schedule(client, ids.MAILBOX_SCHEDULE, lambda state: reading(every, state))


async def remove(client: Client) -> bool:
    """Delete the schedule; return whether there was one."""
    return await schedules.remove_schedule(client, ids.MAILBOX_SCHEDULE)
