"""The schedule of the daily snapshot of the finance dashboard (docs/specification/dashboard.md 6)."""

from datetime import timedelta

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
)

from workflows.accounting.daily_snapshot import FinanceSnapshotWorkflow
from workflows.accounting.messages import SnapshotStart
from workflows.client import schedules
from workflows.runtime import ids

MINUTE = 15
# Shorter than the age at which the activity refuses a day, so that every run that is caught up can take its snapshot.
CATCH_UP = timedelta(days=6)


def daily(zone: str, state: ScheduleState | None = None) -> Schedule:
    """Return the schedule: each day at 00:15 in the issuer's zone, for the day before.

    Days that were missed are caught up one after another. A run that is skipped would leave its day without a snapshot.
    """
    return Schedule(
        action=ScheduleActionStartWorkflow(
            FinanceSnapshotWorkflow.run,
            SnapshotStart(zone=zone),
            id=ids.SNAPSHOT_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary="Stores the finance dashboard of the day before",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=[ScheduleRange(0)], minute=[ScheduleRange(MINUTE)], comment=f"each day at 00:{MINUTE}, {zone}"
                )
            ],
            time_zone_name=zone,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=CATCH_UP),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client, zone: str) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await schedules.apply_schedule(client, ids.SNAPSHOT_SCHEDULE, lambda state: daily(zone, state))


async def find(client: Client) -> schedules.StoredSchedule | None:
    """Return the schedule as Temporal has it; None if there is none yet."""
    return await schedules.find_schedule(client, ids.SNAPSHOT_SCHEDULE)
