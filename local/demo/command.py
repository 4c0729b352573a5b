"""`aktum demo`: starts the embedded stack with demo data and runs one month of a finance team's work."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.text import Text

from local.demo import report
from local.demo.api_client import ApiClient
from local.demo.margins import Margins
from local.demo.partner_jobs import PartnerJobs, PartnerMonth
from local.demo.quotes import QuoteStory
from local.demo.scenario import AfterCommand, ReportStep, Scenario, no_interruption
from local.demo.vendor_bills import VendorBills
from local.demo_data.partner_jobs import ZONE
from local.stack import display
from local.stack.component import ComponentFailed
from local.stack.port_allocation import PortTaken
from local.stack.stack import Stack
from local.stack.state_directory import AlreadyRunning, StateDirectory
from settings import load
from workflows.client.connection import connect

console = Console()

MARKER = "demo/.this-data-is-the-demo's"
# Removed before each run. ClickHouse keeps its rows: they are the same on the same day.
REMOVED_DATA = ("temporal.db", "temporal.db-wal", "temporal.db-shm", "postgres", "archive", "mailbox", "sandboxes")


def demo() -> None:
    """Run the main job end to end on real engines, and write the PDFs and a summary to var/demo/."""
    directory, started_at, started = StateDirectory.of(), time.monotonic(), False
    try:
        _start_over(directory)
        with Stack(directory) as stack:
            with display.Board(console) as board:
                stack.start(lambda progress: None if started else board.show(progress))
                board.freeze()
            started = True  # the progress of the stop is not shown
            steps = Steps()
            with steps.showing():
                described = stack.describe()
                played = asyncio.run(run_scenario(described, directory.path / "demo", steps.begin))
    except (ComponentFailed, PortTaken, AlreadyRunning) as error:
        console.print(display.failure(error) if isinstance(error, ComponentFailed) else Text(str(error), "red"))
        raise typer.Exit(1) from error
    console.print(report.desk(described))
    for part in report.printed(played):
        console.print(part)
    console.print(
        f"\n{len(played.invoices)} invoices in {time.monotonic() - started_at:.0f} s. "
        f"The PDFs and summary.json are in {directory.path / 'demo'}."
    )
    console.print(
        "Next: `aktum up` (or `make up`) starts the stack with these invoices and prints the addresses of the desk, "
        "the API, the Temporal Web UI, the mailbox and the sandboxes, which have a page each.",
        style="dim",
    )


async def run_scenario(
    stack: dict[str, Any], folder: Path, report_step: ReportStep, after_command: AfterCommand = no_interruption
) -> report.Played:
    """Run the scenario on a running stack, described by the content of stack.json, and write the report to `folder`."""
    users = {user["role"]: user for user in stack["users"]}
    editor = await ApiClient.open(stack["api"], users["editor"]["username"], users["editor"]["password"])
    manager = await ApiClient.open(stack["api"], users["manager"]["username"], users["manager"]["password"])
    admin = await ApiClient.open(stack["api"], users["admin"]["username"], users["admin"]["password"])
    try:
        temporal = await connect(stack["temporal"], "default", encryption_keys=load().temporal.key_ring)
        scenario = Scenario(
            editor=editor,
            manager=manager,
            admin=admin,
            temporal=temporal,
            didox_sandbox=stack["sandboxes"]["didox"],
            telegram_sandbox=stack["sandboxes"]["telegram"],
            webhook_receiver=stack["webhook_receiver"],
            signing_environment={"AKTUM_URL": stack["api"], "AKTUM_EIMZO": stack["signer"]},
            today=datetime.now(ZoneInfo("Asia/Tashkent")).date(),
            report_step=report_step,
            after_command=after_command,
        )
        partner_jobs = PartnerJobs(editor, manager, datetime.now(ZONE).date(), report_step, after_command)
        await scenario.run()
        refused = await partner_jobs.run()
        bills = await VendorBills(editor, temporal, report_step).run()
        invoices = await scenario.finish()
        summary = report.write(invoices, await report.documents_of(editor, invoices), folder)
        margin = await Margins(manager, scenario.today, report_step).of_last_month()
        quote = await QuoteStory(editor, manager, scenario.today, report_step).run()
        partners = PartnerMonth(await partner_jobs.statuses(), refused)
        return report.Played(summary, partners, bills, margin, quote)
    finally:
        for client in (editor, manager, admin):
            await client.close()


def _start_over(directory: StateDirectory) -> None:
    """Remove the data of an earlier demo. Exits with code 1 if the directory holds other data."""
    if directory.is_running():
        raise AlreadyRunning(f"A stack is running in {directory.path}; stop it first (`aktum down`).")
    marker = directory.path / MARKER
    if (directory.path / "postgres").exists() and not marker.exists():
        console.print(
            f"{directory.path} holds data that is not the demo's. Set AKTUM_HOME to another folder for the demo, "
            "or remove the data with `make clean`.",
            style="red",
        )
        raise typer.Exit(1)
    if marker.exists():
        console.print("The data of the previous demo is removed.", style="dim")
    for name in REMOVED_DATA:
        path = directory.path / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


class Steps:
    """The progress of the steps: a spinner while one runs, a line with its time after it."""

    def __init__(self) -> None:
        self._status = console.status("")
        self._current: tuple[str, float] | None = None

    @contextmanager
    def showing(self) -> Iterator[None]:
        with self._status:
            yield
            self._finish()

    def begin(self, text: str) -> None:
        self._finish()
        self._current = (text, time.monotonic())
        self._status.update(f"{text} ...")

    def _finish(self) -> None:
        if self._current:
            text, started_at = self._current
            console.print(f"[green]✓[/] {text} [dim]{time.monotonic() - started_at:.1f} s[/]")
        self._current = None
