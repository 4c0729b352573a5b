"""The commands of the embedded stack: up, status, down.

Exit codes: 0 success, 1 the stack did not start or is not running, 3 a component that should run is down.
"""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import psutil
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.stack import display
from local.stack.component import ComponentFailed
from local.stack.components import StackLayout
from local.stack.credentials import Credentials
from local.stack.orphans import end_orphans
from local.stack.port_allocation import PortTaken
from local.stack.stack import Stack
from local.stack.stages import NAMES
from local.stack.state_directory import ROOT, AlreadyRunning, StateDirectory, read_json
from local.stack.supervisor import Interrupted, Progress

NOT_RUNNING = 1
SOMETHING_DOWN = 3
LONGEST_START = 300.0
LONGEST_STOP = 90.0

console = Console()


def fail(message: str) -> typer.Exit:
    """Print the message and return the exit to raise."""
    console.print(Text(message, "red"))
    return typer.Exit(NOT_RUNNING)


def up(without: list[str] | None, *, detach: bool) -> None:
    """Start the embedded stack with worker and API, and keep it running until Ctrl-C."""
    excluded = set(without or ())
    if unknown := excluded - set(NAMES):
        raise typer.BadParameter(
            f"There is no component {', '.join(sorted(unknown))}. The components are {', '.join(NAMES)}."
        )
    directory = StateDirectory.of()
    if directory.is_running():
        _print_addresses(directory)
    elif detach:
        _start_in_background(directory, excluded)
    else:
        _run(Stack(directory, set(NAMES) - excluded))


def status() -> None:
    """Show the state of each component. Exit code 3 when one is down, 1 when the stack is not running."""
    directory = StateDirectory.of()
    if not directory.is_running():
        raise fail(f"No stack is running in {directory.path}.")
    described, processes = read_json(directory.stack_file), read_json(directory.processes_file)
    layout = StackLayout(directory, os.environ, described["ports"], Credentials.load(directory))
    table = Table("Component", "State", "pid", "", box=None, header_style="dim")
    all_healthy = True
    for name, record in processes["components"].items():
        state, detail = _current_state(name, record, layout)
        all_healthy = all_healthy and state in {"healthy", "done", "skipped", "external"}
        mark, style = display.MARKS.get(state, ("…", "yellow"))
        table.add_row(name, Text(f"{mark} {state}", style), str(record.get("pid", "")), Text(detail, "dim"))
    console.print(table)
    console.print(display.addresses(described, console))
    if not all_healthy:
        raise typer.Exit(SOMETHING_DOWN)


def down() -> None:
    """Stop the stack that runs in the background or in another terminal. Its data is kept."""
    directory = StateDirectory.of()
    if directory.is_running():
        record = read_json(directory.processes_file)["supervisor"]
        try:
            psutil.Process(record["pid"]).terminate()
        except psutil.NoSuchProcess as error:
            raise fail("The stack has already ended.") from error
        with console.status("Stopping ..."):
            _wait_until_stopped(directory)
        console.print("The stack has stopped. Its data is kept.")
        return
    lock = directory.lock()
    try:
        ended = end_orphans(directory)
    finally:
        os.close(lock)
    if not ended:
        raise fail(f"No stack is running in {directory.path}.")
    console.print(f"The supervisor had ended without its components; these have been stopped now: {', '.join(ended)}.")


def _run(stack: Stack) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stack.request_stop())
    try:
        with display.Board(console) as board:
            stack.start(board.show)
            board.freeze()
            console.print(display.addresses(stack.describe(), console))
            console.print("Ctrl-C stops the stack; its data is kept.", style="dim")
            stack.wait()
    except Interrupted:
        console.print("Stopped before all components were started.")
    except (ComponentFailed, PortTaken, AlreadyRunning) as error:
        console.print(display.failure(error) if isinstance(error, ComponentFailed) else Text(str(error), "red"))
        raise typer.Exit(NOT_RUNNING) from error
    finally:
        stack.stop()


def _start_in_background(directory: StateDirectory, excluded: set[str]) -> None:
    directory.create()
    options = [word for name in sorted(excluded) for word in ("--without", name)]
    log = directory.open_log("supervisor")
    started_at = time.time()
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "cli", "up", *options],
        cwd=ROOT,
        env={**os.environ, "AKTUM_HOME": str(directory.path)},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    os.close(log)
    with display.Board(console) as board:
        while (state := read_json(directory.processes_file)).get("supervisor", {}).get("written", 0) < started_at or (
            state["supervisor"]["phase"] != "ready"
        ):
            if state.get("supervisor", {}).get("written", 0) >= started_at:
                _show_progress(board, state["components"])
            if supervisor.poll() is not None:
                board.freeze()
                raise _startup_failure(directory, read_json(directory.processes_file).get("supervisor", {}), started_at)
            if time.time() - started_at > LONGEST_START:
                raise fail(f"The stack is not ready after {LONGEST_START:.0f} s; see {directory.log('supervisor')}.")
            time.sleep(0.1)
        _show_progress(board, state["components"])
    console.print(display.addresses(read_json(directory.stack_file), console))
    console.print("The stack runs in the background; `aktum down` stops it.", style="dim")


def _startup_failure(directory: StateDirectory, record: dict[str, Any], started_at: float) -> typer.Exit:
    if record.get("written", 0) >= started_at and "failure" in record:
        console.print(display.failure(ComponentFailed(**record["failure"])))
    else:
        console.print(directory.log_tail("supervisor"), markup=False, highlight=False)
    return typer.Exit(NOT_RUNNING)


def _show_progress(board: display.Board, components: dict[str, Any]) -> None:
    for name, record in components.items():
        board.show(Progress(name, record["state"], record.get("seconds", 0), record.get("detail", "")))


def _print_addresses(directory: StateDirectory) -> None:
    processes = read_json(directory.processes_file)
    phase = processes.get("supervisor", {}).get("phase", "starting")
    console.print("The stack is already running." if phase == "ready" else f"The stack is already {phase}.")
    if described := read_json(directory.stack_file):
        console.print(display.addresses(described, console))


def _current_state(name: str, record: dict[str, Any], layout: StackLayout) -> tuple[str, str]:
    """Return the recorded state and detail of a component; a healthy one is checked again now."""
    if record["state"] != "healthy":
        return record["state"], record.get("detail", "")
    reason = layout.components[name].healthy()
    return ("healthy", "") if reason is None else ("down", reason)


def _wait_until_stopped(directory: StateDirectory) -> None:
    deadline = time.monotonic() + LONGEST_STOP
    while directory.is_running():
        if time.monotonic() > deadline:
            raise fail(f"The stack is still running after {LONGEST_STOP:.0f} s; see {directory.log('supervisor')}.")
        time.sleep(0.1)
