"""The `aktum` command: commands for operators, and those of the embedded stack where it is installed."""

import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from activities.invoice.named_invoice import find_invoice
from api.settings.commands import key_commands, user_commands
from api.settings.store import SettingsStore
from models.billing.explanation import Explanation, explain
from models.invoice.invoice import Invoice
from models.values.period import BILLING_ZONE, Period
from operations import archive, invoices, record
from operations.connections import (
    HAS_EMBEDDED_STACK,
    console,
    run_on_postgres,
    run_on_temporal,
    settings,
    with_engine,
)
from workflows.client import schedules

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Aktum issues invoices as durable workflows.")
schedule = typer.Typer(no_args_is_help=True, help="Manage the monthly schedule, which drafts last month's invoices.")
app.add_typer(schedule, name="schedule")

for group, name in ((invoices.app, "invoices"), (invoices.single, "invoice"), (archive.app, "archive")):
    app.add_typer(group, name=name)
for group, name in ((record.audit, "audit"), (record.projection, "projection")):
    app.add_typer(group, name=name)
if HAS_EMBEDDED_STACK:
    from local.demo import command as demo_command
    from local.stack import commands as stack_commands

    app.add_typer(stack_commands.app)
    app.add_typer(demo_command.app)


def _month(text: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} {error}") from error


@app.command("explain")
def explain_invoice(
    invoice: Annotated[str, typer.Argument(help="The number (ACT-1), the id or the workflow id.")],
) -> None:
    """Print each amount of an invoice as line -> rule -> inputs. Exit code 3 if a sum does not agree."""
    found = run_on_postgres(with_engine(lambda engine: find_invoice(engine, invoice.strip())))
    if found is None:
        raise typer.BadParameter(f"there is no invoice {invoice!r}")
    explanation = explain(found.content)
    _print(found, explanation)
    if not explanation.agrees:
        raise typer.Exit(3)


@schedule.command("apply")
def schedule_apply() -> None:
    """Create or update the monthly schedule. A paused schedule stays paused."""
    created = run_on_temporal(schedules.apply)
    console.print(f"The monthly schedule was {'created' if created else 'updated'}.")


@schedule.command("describe")
def schedule_describe() -> None:
    """Show the next times and the last runs. Exit code 3 if the schedule is paused or its last run failed."""
    found = run_on_temporal(schedules.describe)
    console.print(f"The monthly schedule {'is paused' if found.paused else 'runs'}. Note: {found.note or '–'}")
    if found.missed:
        console.print(
            f"{found.missed} runs were missed; `aktum schedule backfill` drafts the invoices of their months."
        )
    zone = ZoneInfo(BILLING_ZONE)
    for moment in (time.astimezone(zone) for time in found.next_times):
        console.print(f"  next: {moment:%Y-%m-%d %H:%M} for {Period.before(moment.date()).title}")
    console.print(_past_runs(found.past, zone))
    if found.paused or found.last_run_failed:
        raise typer.Exit(3)


@schedule.command("trigger")
def schedule_trigger(
    period: Annotated[
        Period | None,
        typer.Option(parser=_month, metavar="YYYY-MM", help="The month; by default the previous one."),
    ] = None,
) -> None:
    """Draft the invoices of the previous month now, or of another month. Existing invoices do not change."""
    if period is not None:
        schedule_backfill(period, period)
        return
    run_on_temporal(schedules.trigger)
    console.print("The run has started; `aktum schedule describe` shows its progress.")


@schedule.command("backfill")
def schedule_backfill(
    first: Annotated[Period, typer.Option("--from", parser=_month, metavar="YYYY-MM", help="The first month.")],
    last: Annotated[Period, typer.Option("--to", parser=_month, metavar="YYYY-MM", help="The last month.")],
) -> None:
    """Draft the invoices of past months, one month after another. Existing invoices do not change."""
    if last.start < first.start:
        raise typer.BadParameter(f"{last.label} is before {first.label}", param_hint="--to")
    try:
        started = run_on_temporal(lambda client: schedules.backfill(client, first, last))
    except schedules.MonthNotOver as error:
        raise typer.BadParameter(str(error)) from error
    console.print("These runs were started, one after another:\n" + "\n".join(f"  {run_id}" for run_id in started))
    console.print("`aktum schedule describe` shows their progress.")


@schedule.command("pause")
def schedule_pause(
    note: Annotated[str, typer.Option(help="The reason, which `describe` shows.")],
) -> None:
    """Pause the schedule until `unpause`. Runs that are due meanwhile are not caught up."""
    run_on_temporal(lambda client: schedules.pause(client, note))
    console.print("The monthly schedule is paused.")


@schedule.command("unpause")
def schedule_unpause(
    note: Annotated[str, typer.Option(help="The reason.")] = "unpaused by `aktum schedule unpause`",
) -> None:
    """Resume the schedule from its next time on."""
    run_on_temporal(lambda client: schedules.unpause(client, note))
    console.print("The monthly schedule runs again. Run `aktum schedule backfill` for the months that were missed.")


def _past_runs(past: Sequence[schedules.PastRun], zone: ZoneInfo) -> Table | str:
    if not past:
        return "The schedule has not run yet."
    names = ("Scheduled", "Started", "Month", "State", "Created", "Existing", "Refused", "Pending", "Remaining", "")
    table = Table(*names, box=None, header_style="dim", pad_edge=False)
    for each in past:
        table.add_row(*each.cells(zone))
    return table


def _run_on_settings(work: Callable[[SettingsStore], Coroutine[Any, Any, T]]) -> T:
    """Run the work with the store of the settings, users and API keys, and return its result."""

    async def run() -> T:
        store = SettingsStore.at(settings().database_url.get_secret_value())
        try:
            return await work(store)
        finally:
            await store.close()

    return run_on_postgres(run())


app.add_typer(user_commands(_run_on_settings, console), name="user")
app.add_typer(key_commands(_run_on_settings, console), name="key")


def _print(invoice: Invoice, explanation: Explanation) -> None:
    content, deal_type = invoice.content, invoice.content.service.deal_type
    title = f"{invoice.display_number or 'Draft'}: {content.customer.name}, {content.period.title}, {deal_type}"
    console.print(title, style="bold")
    lines = Table("Line", "Rule", "Inputs", "Calculation", "", box=None, header_style="dim", pad_edge=False)
    for line in explanation.lines:
        inputs = "\n".join(f"{name}: {value}" for name, value in line.inputs.items())
        style = "" if line.billed else "dim"
        lines.add_row(
            Text(f"{line.id} {line.description}", style),
            Text(f"{line.rule}: {line.rule_text}", style),
            Text(inputs, style),
            Text(line.formula, style),
            _mark(line.agrees),
        )
    console.print(lines)
    sums = Table("Sum", "of", "Amount", "", box=None, header_style="dim", pad_edge=False)
    for each in explanation.sums:
        sums.add_row(each.name, each.formula, f"{each.amount} {content.currency}", _mark(each.agrees))
    console.print(sums)
    agrees = explanation.agrees
    console.print("All sums agree." if agrees else "Not all sums agree.", style="green" if agrees else "red")


def _mark(agrees: bool) -> Text:
    return Text("✓", "green") if agrees else Text("✗", "red")


def main() -> None:
    """Run the command and end the process with its exit code."""
    code: int | str | None = 0
    try:
        app()
    except SystemExit as exit_:
        code = exit_.code
        if isinstance(code, str):
            print(code, file=sys.stderr)  # noqa: T201 - as Python prints the message of SystemExit
    sys.stdout.flush()
    sys.stderr.flush()
    # End at once: threads of the Temporal client can abort an interpreter that shuts down. All else has ended.
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
