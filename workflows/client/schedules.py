"""The schedule of the monthly billing run: the 1st of each month at 06:00 in Tashkent.

See docs/specification/temporal.md 6.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionResult,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from models.billing.billing_run import DraftOutcome
from models.values.period import BILLING_ZONE, Period, local_moment
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.client.billing_runs import Run, RunState, describe_run
from workflows.client.errors import WorkflowClosed
from workflows.runtime import ids

HOUR = 6


def monthly(state: ScheduleState | None = None) -> Schedule:
    """Return the schedule. It has no jitter, because the billed period is derived from the scheduled time."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            MonthlyDraftsWorkflow.run,
            MonthlyStart(),
            id=ids.MONTHLY_SCHEDULE,
            task_queue=ids.TASK_QUEUE,
            static_summary="Drafts of the previous month for every active contract",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    day_of_month=[ScheduleRange(1)], hour=[ScheduleRange(HOUR)], comment="the 1st at 06:00, Tashkent"
                )
            ],
            time_zone_name=BILLING_ZONE,
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=7)),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client) -> bool:
    """Create or update the schedule; return whether it was created. A paused schedule stays paused."""
    return await apply_schedule(client, ids.MONTHLY_SCHEDULE, monthly)


async def apply_schedule(
    client: Client, schedule_id: str, schedule_with: Callable[[ScheduleState | None], Schedule]
) -> bool:
    """Create or update a schedule and keep its state; return whether it was created."""

    def keep_state(current: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule=schedule_with(current.description.schedule.state))

    try:
        await client.create_schedule(schedule_id, schedule_with(None))
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(schedule_id).update(keep_state)
        return False
    return True


async def remove_schedule(client: Client, schedule_id: str) -> bool:
    """Delete a schedule; return whether there was one."""
    try:
        await client.get_schedule_handle(schedule_id).delete()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


@dataclass(frozen=True)
class StoredSchedule:
    """A schedule as Temporal has it; `last_workflow_id` is that of the newest workflow that it started."""

    paused: bool
    note: str | None
    next_time: datetime | None
    last_workflow_id: str | None


async def find_schedule(client: Client, schedule_id: str) -> StoredSchedule | None:
    """Return a schedule; None if there is none."""
    try:
        described = await client.get_schedule_handle(schedule_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    state, info = described.schedule.state, described.info
    last = info.recent_actions[-1].action if info.recent_actions else None
    assert last is None or isinstance(last, ScheduleActionExecutionStartWorkflow)
    next_time = next(iter(info.next_action_times), None)
    return StoredSchedule(state.paused, state.note, next_time, last.workflow_id if last else None)


class MonthNotOver(ValueError):
    """The month cannot be billed yet."""

    def __init__(self, period: Period) -> None:
        super().__init__(
            f"{period.title} is not over; its drafts are made on {scheduled_at(period):%d %B %Y at %H:%M}."
        )


@dataclass(frozen=True)
class PastRun:
    """A run that the schedule started; `run` is None if it is older than Temporal's retention time."""

    scheduled_at: datetime
    started_at: datetime
    run: Run | None

    def cells(self, zone: ZoneInfo) -> list[str]:
        """Return the cells of a table: times, month, state, counts by outcome, remaining contracts, problem."""
        times = [f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (self.scheduled_at, self.started_at)]
        if self.run is None:
            return [*times, "", "no longer stored"]
        report = self.run.report
        counts = [str(len(report.of(outcome))) for outcome in DraftOutcome]
        return [*times, report.label, self.run.state, *counts, str(report.remaining), self.run.problem or ""]


@dataclass(frozen=True)
class ScheduleDescription:
    """The schedule's state, its next times, and its last runs with the newest first."""

    paused: bool
    note: str | None
    next_times: tuple[datetime, ...]
    past: tuple[PastRun, ...]
    missed: int

    @property
    def last_run_failed(self) -> bool:
        """Whether the newest run failed; False if there was none or Temporal no longer stores it."""
        return bool(self.past and self.past[0].run and self.past[0].run.state is RunState.FAILED)


def scheduled_at(period: Period) -> datetime:
    """Return the time at which the schedule bills this month."""
    return local_moment((period.end + timedelta(days=1)), HOUR, BILLING_ZONE)


async def describe(client: Client) -> ScheduleDescription:
    """Return the schedule as Temporal has it. The runs are asked at once, because each may wait for a worker."""
    description = await _handle(client).describe()
    state, info = description.schedule.state, description.info
    return ScheduleDescription(
        paused=state.paused,
        note=state.note,
        next_times=tuple(info.next_action_times[:3]),
        past=tuple(await asyncio.gather(*(_past_run(client, each) for each in reversed(info.recent_actions)))),
        missed=info.num_actions_missed_catchup_window,
    )


async def _past_run(client: Client, result: ScheduleActionResult) -> PastRun:
    assert isinstance(result.action, ScheduleActionExecutionStartWorkflow)
    try:
        run = await describe_run(client, result.action.workflow_id)
    except WorkflowClosed:
        run = None
    return PastRun(result.scheduled_at, result.started_at, run)


async def trigger(client: Client) -> None:
    """Start the billing run of the previous month now, or after the run that is in progress."""
    await _handle(client).trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)


async def backfill(client: Client, first: Period, last: Period) -> list[str]:
    """Start the runs of these months, one after another, as the schedule would have; return their workflow ids.

    A paused schedule can be backfilled too. Raises MonthNotOver.
    """
    if scheduled_at(last) > datetime.now(UTC):
        raise MonthNotOver(last)
    span = ScheduleBackfill(
        start_at=scheduled_at(first) - timedelta(minutes=1),
        end_at=scheduled_at(last) + timedelta(minutes=1),
        overlap=ScheduleOverlapPolicy.BUFFER_ALL,
    )
    await _handle(client).backfill(span)
    months = range(first.start.year * 12 + first.start.month - 1, last.start.year * 12 + last.start.month)
    return [run_id(Period.month(month // 12, month % 12 + 1)) for month in months]


def run_id(period: Period) -> str:
    """Return the workflow id that the server gives to the run of this month."""
    return f"{ids.MONTHLY_SCHEDULE}-{scheduled_at(period).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


async def pause(client: Client, note: str, schedule_id: str = ids.MONTHLY_SCHEDULE) -> None:
    """Pause a schedule with a note for operators."""
    await client.get_schedule_handle(schedule_id).pause(note=note)


async def unpause(client: Client, note: str, schedule_id: str = ids.MONTHLY_SCHEDULE) -> None:
    """Resume a schedule with a note for operators."""
    await client.get_schedule_handle(schedule_id).unpause(note=note)


def _handle(client: Client) -> ScheduleHandle:
    return client.get_schedule_handle(ids.MONTHLY_SCHEDULE)
