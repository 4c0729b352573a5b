"""The monthly schedule: 1st of the month, 06:00 in Tashkent, applied as often as you like.

See docs/specification/temporal.md 6.
"""

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

from models.billing.billing_run import DraftOutcome
from models.values.period import BILLING_ZONE, Period, local_moment
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.billing.messages import MonthlyStart
from workflows.client.billing_runs import Run, RunState, describe_run
from workflows.client.errors import WorkflowClosed
from workflows.runtime import ids

HOUR = 6


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
                    day_of_month=[ScheduleRange(1)], hour=[ScheduleRange(HOUR)], comment="the 1st at 06:00, Tashkent"
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


class MonthNotOver(ValueError):
    def __init__(self, period: Period) -> None:
        super().__init__(
            f"{period.title} is not over; its drafts are made on {scheduled_at(period):%d %B %Y at %H:%M}."
        )


@dataclass(frozen=True)
class PastRun:
    """`run` is None when Temporal has forgotten it."""

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
class Described:
    paused: bool
    note: str | None
    next_times: tuple[datetime, ...]
    past: tuple[PastRun, ...]  # the newest first
    missed: int

    @property
    def last_run_failed(self) -> bool:
        """Whether the newest run failed; False if there was none or Temporal no longer stores it."""
        return bool(self.past and self.past[0].run and self.past[0].run.state is RunState.FAILED)


def scheduled_at(period: Period) -> datetime:
    """When the schedule bills this month."""
    return local_moment((period.end + timedelta(days=1)), HOUR, BILLING_ZONE)


async def describe(client: Client) -> Described:
    found = await _handle(client).describe()
    state, info = found.schedule.state, found.info
    return Described(
        paused=state.paused,
        note=state.note,
        next_times=tuple(info.next_action_times[:3]),
        past=tuple([await _past(client, each) for each in reversed(info.recent_actions)]),
        missed=info.num_actions_missed_catchup_window,
    )


async def _past(client: Client, result: ScheduleActionResult) -> PastRun:
    assert isinstance(result.action, ScheduleActionExecutionStartWorkflow)
    try:
        run = await describe_run(client, result.action.workflow_id)
    except WorkflowClosed:
        run = None
    return PastRun(result.scheduled_at, result.started_at, run)


async def trigger(client: Client) -> None:
    """Last month's drafts now; after the run that is under way, if there is one."""
    await _handle(client).trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)


async def backfill(client: Client, first: Period, last: Period) -> list[str]:
    """The runs of these months, one after another, as if the schedule had just fired for each; answers their ids.

    It works on a paused schedule too. Raises MonthNotOver.
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
    """What the server names the run of this month."""
    return f"{ids.MONTHLY_SCHEDULE}-{scheduled_at(period).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


async def pause(client: Client, note: str) -> None:
    await _handle(client).pause(note=note)


async def unpause(client: Client, note: str) -> None:
    await _handle(client).unpause(note=note)


def _handle(client: Client) -> ScheduleHandle:
    return client.get_schedule_handle(ids.MONTHLY_SCHEDULE)
