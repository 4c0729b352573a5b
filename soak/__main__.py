"""The command line of the soak. Exit code 1 if an invariant does not hold, 2 if another soak is running."""

import asyncio
import logging
import secrets
import time
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from activities.database.engine import create_engine
from benchmarks import command_line
from local.stack.state_directory import AlreadyRunning
from soak.invariants import Violation
from soak.report import Report
from soak.rounds import Soak
from soak.stack import FOLDER, soak_stack

console = Console()


def soak(
    minutes: Annotated[
        float, typer.Option(min=0.1, help="How long invoices are made; the last check comes after.")
    ] = 60,
    seed: Annotated[
        int | None, typer.Option(help="Repeats the plan of an earlier soak; by default a random one.")
    ] = None,
) -> None:
    """Make invoices under faults, kills and operators' hands, and check that nothing is doubled, lost or stuck."""
    logging.disable(logging.CRITICAL)
    chosen = secrets.randbelow(10**6) if seed is None else seed
    console.print(f"Soak of {minutes:g} minutes with the seed {chosen}; SEED={chosen} repeats its plan.")
    try:
        found = asyncio.run(_soak(minutes * 60, chosen))
    except AlreadyRunning as error:
        console.print(str(error), style="red")
        raise typer.Exit(2) from error
    if found:
        console.print(f"{len(found)} invariants do not hold (SEED={chosen}). The logs are in {FOLDER / 'logs'}.")
        raise typer.Exit(1)
    console.print("Nothing was doubled, lost or stuck.", style="green")


async def _soak(seconds: float, seed: int) -> list[Violation]:
    async with soak_stack(console) as stack:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        engine = create_engine(stack.stack.env["DATABASE_URL"])
        try:
            with Progress(*columns, console=console) as progress:
                report = Report(console, progress, progress.add_task("living", total=seconds))
                today = datetime.now(ZoneInfo("Asia/Tashkent")).date()
                running = Soak(stack, engine, seed, today, report, ends_at=time.monotonic() + seconds)
                return await running.run()
        finally:
            await engine.dispose()


if __name__ == "__main__":
    command_line.run(soak)
