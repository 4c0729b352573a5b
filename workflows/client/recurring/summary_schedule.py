"""The schedule of the daily summary in Telegram."""

from collections.abc import Collection
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

from models.values.period import BILLING_ZONE
from workflows.client import schedules
from workflows.notifications.messages import SummaryStart
from workflows.notifications.summary import TelegramSummaryWorkflow
from workflows.runtime import ids

WEEK = 7


def daily(weekdays: Collection[int], time: str, state: ScheduleState | None = None) -> Schedule:
    """Return the schedule; `weekdays` counts from 0 for Monday, `time` is such as 09:00 in Tashkent."""
    hour, minute = map(int, time.split(":"))
    # Temporal counts the days of a week from 0 for Sunday.
    days = [ScheduleRange((day + 1) % WEEK) for day in sorted(weekdays)]
    return Schedule(
        action=ScheduleActionStartWorkflow(
            TelegramSummaryWorkflow.run,
            SummaryStart(),
            id=ids.SUMMARY_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary="Stores the daily summary for Telegram",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    hour=[ScheduleRange(hour)],
                    minute=[ScheduleRange(minute)],
                    day_of_week=days,
                    comment=f"at {time}, Tashkent",
                )
            ],
            time_zone_name=BILLING_ZONE,
        ),
        # A summary that is half a day late would show the figures of another time than its readers expect.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=3)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client, weekdays: Collection[int], time: str) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await schedules.apply_schedule(client, ids.SUMMARY_SCHEDULE, lambda state: daily(weekdays, time, state))


async def remove(client: Client) -> bool:
    """Delete the schedule; return whether there was one."""
    return await schedules.remove_schedule(client, ids.SUMMARY_SCHEDULE)
