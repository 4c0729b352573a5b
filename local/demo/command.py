"""`aktum demo`: the embedded stack, the demo data, and one month of a finance team's work in a minute."""

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
from local.demo.scenario import Between, Story, undisturbed
from local.stack import display
from local.stack.component import ComponentFailed
from local.stack.port_allocation import PortTaken
from local.stack.stack import Stack
from local.stack.state_directory import AlreadyRunning, StateDirectory
from settings import load
from workflows.client.connection import connect

app = typer.Typer()
console = Console()

MARKER = "demo/.this-data-is-the-demo's"
# What a new demo begins without. ClickHouse keeps its rows: they are the same for the same day.
FORGOTTEN = ("temporal.db", "temporal.db-wal", "temporal.db-shm", "postgres", "archive", "mailbox", "sandboxes")


@app.command()
def demo() -> None:
    """Show the main job, end to end, on real engines; leaves the PDFs and a summary in var/demo/."""
    home, begun, told = StateDirectory.of(), time.monotonic(), False
    try:
        _start_over(home)
        with Stack(home) as stack:
            with display.Board(console) as board:
                stack.start(lambda progress: None if told else board.show(progress))
                board.freeze()
            told = True  # how the stack stops afterwards is no news
            steps = Steps()
            with steps.showing():
                summary = asyncio.run(tell(stack.describe(), home.path / "demo", steps.begin))
    except (ComponentFailed, PortTaken, AlreadyRunning) as error:
        console.print(display.failure(error) if isinstance(error, ComponentFailed) else Text(str(error), "red"))
        raise typer.Exit(1) from error
    console.print(report.table(summary))
    console.print(f"\n{len(summary)} invoices in {time.monotonic() - begun:.0f} s. Documents: {home.path / 'demo'}")
    console.print("`aktum up` shows the same data: the API, the Temporal Web UI, the mailbox.", style="dim")


async def tell(stack: dict[str, Any], folder: Path, told: Any, between: Between = undisturbed) -> list[dict[str, Any]]:
    """Runs the story against a running stack (what stack.json says of it) and writes the report."""
    users = {user["role"]: user for user in stack["users"]}
    editor = await ApiClient.open(stack["api"], users["editor"]["username"], users["editor"]["password"])
    manager = await ApiClient.open(stack["api"], users["manager"]["username"], users["manager"]["password"])
    try:
        story = Story(
            editor=editor,
            manager=manager,
            temporal=await connect(stack["temporal"], "default", encryption_keys=load().temporal.key_ring),
            didox_sandbox=stack["sandboxes"]["didox"],
            today=datetime.now(ZoneInfo("Asia/Tashkent")).date(),
            told=told,
            between=between,
        )
        invoices = await story.run()
        return report.write(invoices, await report.documents_of(editor, invoices), folder)
    finally:
        await editor.close()
        await manager.close()


def _start_over(home: StateDirectory) -> None:
    """Removes what an earlier demo left. Data that is not the demo's is never touched."""
    if home.is_running():
        raise AlreadyRunning(f"A stack is running in {home.path}; stop it first (`aktum down`).")
    marker = home.path / MARKER
    if (home.path / "postgres").exists() and not marker.exists():
        console.print(
            f"{home.path} holds data that is not the demo's. Set AKTUM_HOME to another folder for the demo, "
            "or remove the data with `make clean`.",
            style="red",
        )
        raise typer.Exit(1)
    if marker.exists():
        console.print("Starting over: what the last demo left is removed, with what was done to it since.", style="dim")
    for name in FORGOTTEN:
        path = home.path / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


class Steps:
    """One line per step: a spinner while it runs, its time when it is over."""

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
            text, begun = self._current
            console.print(f"[green]✓[/] {text} [dim]{time.monotonic() - begun:.1f} s[/]")
        self._current = None
