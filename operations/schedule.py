"""`aktum schedule`: the monthly schedule, the sweeps of archive and acts, and the daily ones."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

import settings
from models.archive.sweep import summary
from models.invoice.acts.sweep import act_sweep_summary
from models.values.period import BILLING_ZONE, Period
from operations.connections import ATTENTION, console
from operations.temporal import run_on_temporal
from workflows.client import act_sweeps, archive_sweeps, event_feed, schedules
from workflows.client.act_sweeps import HourlySweep
from workflows.client.archive_sweeps import NightlySweep
from workflows.client.recurring import snapshot_schedule
from workflows.runtime import ids


def describe() -> None:
    """Show the next times and the last runs. Exit code 3 if a schedule or the feed of events needs attention."""
    found = run_on_temporal(schedules.describe)
    sweep, acts = run_on_temporal(archive_sweeps.describe), run_on_temporal(act_sweeps.describe)
    feeds = run_on_temporal(event_feed.is_running)
    snapshots = run_on_temporal(snapshot_schedule.find)
    console.print(f"The monthly schedule {'is paused' if found.paused else 'runs'}. Note: {found.note or '–'}")
    if found.missed:
        console.print(
            f"{found.missed} runs were missed; `aktum schedule backfill` drafts the invoices of their months."
        )
    zone = ZoneInfo(BILLING_ZONE)
    for moment in (time.astimezone(zone) for time in found.next_times):
        console.print(f"  next: {moment:%Y-%m-%d %H:%M} for {Period.before(moment.date()).title}")
    console.print(_past_runs(found.past, zone))
    _describe_sweep(sweep, zone)
    console.print(f"The event feed {'runs' if feeds else 'does not run; `aktum schedule apply` starts it'}.")
    _describe_act_sweep(acts, zone)
    _describe_snapshots(snapshots)
    attention = (sweep and sweep.needs_attention) or (acts and acts.needs_attention) or (snapshots and snapshots.paused)
    if found.paused or found.last_run_failed or not feeds or attention:
        raise typer.Exit(ATTENTION)


def trigger(period: str | None) -> None:
    """Draft the invoices of the previous month now, or of the given month."""
    if period is not None:
        month = _month(period, "--period")
        _backfill(month, month)
        return
    run_on_temporal(schedules.trigger)
    console.print("The run has started; `aktum schedule describe` shows its progress.")


def backfill(first: str, last: str) -> None:
    """Draft the invoices of past months, one month after another."""
    first_month, last_month = _month(first, "--from"), _month(last, "--to")
    if last_month.start < first_month.start:
        raise typer.BadParameter(f"{last_month.label} is before {first_month.label}", param_hint="--to")
    _backfill(first_month, last_month)


def _describe_sweep(sweep: NightlySweep | None, zone: ZoneInfo) -> None:
    if sweep is None:
        console.print("The archive has no nightly sweep yet; `aktum schedule apply` creates it.")
        return
    console.print(f"The nightly archive sweep {'is paused' if sweep.paused else 'runs'}. Note: {sweep.note or '–'}")
    if sweep.next_time:
        console.print(f"  next: {sweep.next_time.astimezone(zone):%Y-%m-%d %H:%M}")
    if sweep.last:
        text = sweep.last.problem or summary(sweep.last.report)
        console.print(Text(f"  last: {sweep.last.id}, {sweep.last.state}. {text}"))


def _describe_act_sweep(sweep: HourlySweep | None, zone: ZoneInfo) -> None:
    if sweep is None:
        if settings.load().didox.url:
            console.print("The acts in Didox have no hourly sweep yet; `aktum schedule apply` creates it.")
        return
    console.print(f"The hourly sweep of acts {'is paused' if sweep.paused else 'runs'}. Note: {sweep.note or '–'}")
    if sweep.next_time:
        console.print(f"  next: {sweep.next_time.astimezone(zone):%Y-%m-%d %H:%M}")
    if sweep.last:
        text = sweep.last.problem or (act_sweep_summary(sweep.last.report) if sweep.last.report else "")
        console.print(Text(f"  last: {sweep.last.id}, {sweep.last.state}. {text}"))


def _describe_snapshots(found: schedules.StoredSchedule | None) -> None:
    if found is None:
        console.print("The finance dashboard has no daily snapshot yet; `aktum schedule apply` creates its schedule.")
        return
    state = "is paused" if found.paused else "runs"
    console.print(f"The daily finance snapshot {state}. Note: {found.note or '–'}")
    if found.next_time:
        console.print(f"  next: {found.next_time:%Y-%m-%d %H:%M} UTC, for the day that is then over")


def pause(note: str, *, sweep: bool) -> None:
    """Pause the monthly schedule, or the nightly sweep."""
    name, schedule_id = _named(sweep=sweep)
    run_on_temporal(lambda client: schedules.pause(client, note, schedule_id))
    console.print(f"The {name} is paused.")


def unpause(note: str, *, sweep: bool) -> None:
    """Resume the monthly schedule, or the nightly sweep."""
    name, schedule_id = _named(sweep=sweep)
    run_on_temporal(lambda client: schedules.unpause(client, note, schedule_id))
    missed = "" if sweep else " Run `aktum schedule backfill` for the months that were missed."
    console.print(f"The {name} runs again.{missed}")


def _named(*, sweep: bool) -> tuple[str, str]:
    return ("nightly archive sweep", ids.SWEEP_SCHEDULE) if sweep else ("monthly schedule", ids.MONTHLY_SCHEDULE)


def _backfill(first: Period, last: Period) -> None:
    try:
        started = run_on_temporal(lambda client: schedules.backfill(client, first, last))
    except schedules.MonthNotOver as error:
        raise typer.BadParameter(str(error)) from error
    console.print("These runs were started, one after another:\n" + "\n".join(f"  {run_id}" for run_id in started))
    console.print("`aktum schedule describe` shows their progress.")


def _month(text: str, option: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}", param_hint=option) from error


def _past_runs(past: Sequence[schedules.PastRun], zone: ZoneInfo) -> Table | str:
    if not past:
        return "The schedule has not run yet."
    times, counts = ("Scheduled", "Started"), ("Created", "Existing", "Refused", "Pending", "Cancelled", "Remaining")
    table = Table(*times, "Month", "State", *counts, "", box=None, header_style="dim", pad_edge=False)
    for each in past:
        table.add_row(*each.cells(zone))
    return table
