"""`aktum archive check`: an archive sweep now, with its progress and its findings."""

import asyncio

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from temporalio.client import Client

from models.archive.sweep import SweepReport, summary
from operations.connections import ATTENTION, console
from operations.temporal import run_connected
from workflows.archive.messages import READ_EVERY, SweepStart
from workflows.client import archive_sweeps
from workflows.client.archive_sweeps import Sweep
from workflows.client.billing_runs import RunState
from workflows.client.deadline import deadline, read_deadline
from workflows.client.workers import ACTIVITIES, ANSWER, WORKFLOWS, without_worker

POLL_SECONDS = 0.5


def check(*, read_all: bool) -> None:
    """Compare the archive with the database. Exit code 3 if something was found, 1 if nothing could be compared."""
    sweep = run_connected(lambda client: _sweep(client, SweepStart(read_every=1 if read_all else READ_EVERY)))
    problem = sweep.problem or sweep.report.note
    if sweep.state is RunState.FAILED or problem:
        console.print(Text(f"The archive could not be checked: {problem}", "red"))
        raise typer.Exit(1)
    report = sweep.report
    if report.findings:
        console.print(_table(report))
    if report.found > len(report.findings):
        console.print(f"... and {report.found - len(report.findings)} more.")
    console.print(summary(report))
    if report.found:
        console.print(
            "Nothing was changed. `aktum archive refill` stores what is missing; docs/operations.md says more."
        )
        raise typer.Exit(ATTENTION)


async def _sweep(client: Client, start: SweepStart) -> Sweep:
    """Return the sweep when it has ended, and show its progress meanwhile."""
    if lacking := await without_worker(client, WORKFLOWS, ACTIVITIES):
        console.print(f"No worker polls for {' and '.join(lacking)}, so nothing was checked; start it.", style="red")
        raise typer.Exit(1)
    async with deadline(ANSWER, "the start of the sweep"):
        sweep_id = await archive_sweeps.start_now(client, start)
    with Progress(console=console, transient=True) as progress:
        invoices = progress.add_task("Invoices", total=None)
        quotes = progress.add_task("Quotes", total=None)
        objects = progress.add_task("Objects in the bucket", total=None)
        waiting = None
        while True:
            async with read_deadline(ANSWER):
                sweep = await archive_sweeps.look(client, sweep_id)
            if sweep.state is not RunState.RUNNING:
                return sweep
            report = sweep.report
            progress.update(invoices, completed=report.invoices, total=report.invoices_total or None)
            progress.update(quotes, completed=report.quotes, total=report.quotes_total or None)
            progress.update(objects, completed=report.objects)
            if sweep.problem and sweep.problem != waiting:
                progress.console.print(Text(f"Waiting: {sweep.problem}", "yellow"))
            waiting = sweep.problem
            await asyncio.sleep(POLL_SECONDS)


def _table(report: SweepReport) -> Table:
    table = Table("Finding", "File", "Document", "What", box=None, header_style="dim", pad_edge=False)
    for each in report.findings:
        table.add_row(each.kind, Text(each.key), Text(each.owner), Text(each.reason))
    return table
