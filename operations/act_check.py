"""`aktum acts check`: a sweep of the acts in Didox now."""

import asyncio

import typer
from rich.text import Text
from temporalio.client import Client

from models.invoice.acts.sweep import act_sweep_summary
from operations.connections import console
from operations.temporal import run_connected
from workflows.client import act_sweeps
from workflows.client.act_sweeps import ActSweep
from workflows.client.billing_runs import RunState
from workflows.client.deadline import deadline, read_deadline
from workflows.client.workers import ACTIVITIES, ANSWER, WORKFLOWS, without_worker

POLL_SECONDS = 0.5


def check() -> None:
    """Search Didox for acts that have changed, and tell their invoices. Exit code 1 if nothing could be searched."""
    sweep = run_connected(_sweep)
    problem = sweep.problem or (sweep.report and sweep.report.note)
    if sweep.report is None or problem:
        console.print(Text(f"The acts could not be checked: {problem}", "red"))
        raise typer.Exit(1)
    console.print(act_sweep_summary(sweep.report))


async def _sweep(client: Client) -> ActSweep:
    """Return the sweep when it has ended, and say meanwhile what it waits for."""
    if lacking := await without_worker(client, WORKFLOWS, ACTIVITIES):
        console.print(f"No worker polls for {' and '.join(lacking)}, so nothing was checked; start it.", style="red")
        raise typer.Exit(1)
    async with deadline(ANSWER, "the start of the sweep"):
        sweep_id = await act_sweeps.start_now(client)
    waiting = None
    while True:
        async with read_deadline(ANSWER):
            sweep = await act_sweeps.look(client, sweep_id)
        if sweep.state is not RunState.RUNNING:
            return sweep
        if sweep.problem and sweep.problem != waiting:
            console.print(Text(f"Waiting: {sweep.problem}", "yellow"))
        waiting = sweep.problem
        await asyncio.sleep(POLL_SECONDS)
