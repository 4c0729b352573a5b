"""The monthly schedule: 1st of the month, 06:00 in Tashkent, applied as often as you like (reference/temporal.md 6)."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from workflows import ids
from workflows.invoice import BILLING_ZONE
from workflows.messages import MonthlyStart
from workflows.monthly import MonthlyDraftsWorkflow


def monthly(state: ScheduleState | None = None) -> Schedule:
    """No jitter: it would shift the nominal time that the billed period is taken from."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            MonthlyDraftsWorkflow.run,
            MonthlyStart(),
            id=ids.MONTHLY_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary="Drafts for every active contract, for the month before",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    day_of_month=[ScheduleRange(1)], hour=[ScheduleRange(6)], comment="the 1st at 06:00, Tashkent"
                )
            ],
            time_zone_name=BILLING_ZONE,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=7)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client) -> bool:
    """True when it was created, False when it was there; what operators paused stays paused."""
    try:
        await client.create_schedule(ids.MONTHLY_SCHEDULE, monthly())
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(ids.MONTHLY_SCHEDULE).update(_keep_state)
        return False
    return True


def _keep_state(current: ScheduleUpdateInput) -> ScheduleUpdate:
    return ScheduleUpdate(schedule=monthly(current.description.schedule.state))
