"""The commands of the embedded stack: up, status, down.

Exit codes: 0 all is well, 1 it did not start or is not running, 3 something that should run is down.
"""

import os
import signal
import subprocess
import sys
import time
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.stack import display
from local.stack.component import ComponentFailed
from local.stack.components import NAMES, StackLayout
from local.stack.credentials import Credentials
from local.stack.orphans import end_orphans
from local.stack.port_allocation import PortTaken
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, AlreadyRunning, StateDirectory, read_json
from local.stack.supervisor import Interrupted, Progress

NOT_RUNNING = 1
SOMETHING_DOWN = 3
LONGEST_START = 300.0
LONGEST_STOP = 90.0

app = typer.Typer()
console = Console()


def fail(message: str) -> typer.Exit:
    console.print(Text(message, "red"))
    return typer.Exit(NOT_RUNNING)


@app.command()
def up(
    without: Annotated[list[str] | None, typer.Option(help=f"Leave a part out: {', '.join(NAMES)}.")] = None,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="In the background, until `aktum down`.")] = False,
) -> None:
    """Start the embedded stack and keep it running until Ctrl-C."""
    left_out = set(without or ())
    if unknown := left_out - set(NAMES):
        raise typer.BadParameter(f"There is no part {', '.join(sorted(unknown))}. Parts: {', '.join(NAMES)}.")
    home = StateDirectory.of()
    if home.is_running():
        _say_where(home)
    elif detach:
        _start_in_background(home, left_out)
    else:
        _run(Stack(home, set(NAMES) - left_out))


@app.command()
def status() -> None:
    """Show how each part is. Exit code 3 when one is down, 1 when the stack is not running."""
    home = StateDirectory.of()
    if not home.is_running():
        raise fail(f"No stack is running in {home.path}.")
    described, processes = read_json(home.stack_file), read_json(home.processes_file)
    parts = StackLayout(home, os.environ, described["ports"], Credentials.load(home))
    table = Table("Part", "State", "pid", "", box=None, header_style="dim")
    all_well = True
    for name, record in processes["components"].items():
        state, detail = _judge(name, record, parts)
        all_well = all_well and state in {"healthy", "done", "skipped", "external"}
        mark, style = display.MARKS.get(state, ("…", "yellow"))
        table.add_row(name, Text(f"{mark} {state}", style), str(record.get("pid", "")), Text(detail, "dim"))
    console.print(table)
    console.print(display.places(described, console))
    if not all_well:
        raise typer.Exit(SOMETHING_DOWN)


@app.command()
def down() -> None:
    """Stop a stack that runs in the background (or in another terminal), and wait until it has ended."""
    home = StateDirectory.of()
    if home.is_running():
        record = read_json(home.processes_file)["supervisor"]
        try:
            psutil.Process(record["pid"]).terminate()
        except psutil.NoSuchProcess as error:
            raise fail("The stack has just ended.") from error
        with console.status("Stopping ..."):
            _await_end(home)
        console.print("The stack has stopped. Its data is kept.")
        return
    lock = home.lock()
    try:
        ended = end_orphans(home)
    finally:
        os.close(lock)
    if not ended:
        raise fail(f"No stack is running in {home.path}.")
    console.print(f"The supervisor was gone; ended what it had left: {', '.join(ended)}.")


def _run(stack: Stack) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stack.request_stop())
    try:
        with display.Board(console) as board:
            stack.start(board.show)
            board.freeze()
            console.print(display.places(stack.describe(), console))
            console.print("Ctrl-C stops the stack; its data is kept.", style="dim")
            stack.wait()
    except Interrupted:
        console.print("Stopped before everything was up.")
    except (ComponentFailed, PortTaken, AlreadyRunning) as error:
        console.print(display.failure(error) if isinstance(error, ComponentFailed) else Text(str(error), "red"))
        raise typer.Exit(NOT_RUNNING) from error
    finally:
        stack.stop()


def _start_in_background(home: StateDirectory, left_out: set[str]) -> None:
    home.create()
    options = [word for name in sorted(left_out) for word in ("--without", name)]
    log = home.open_log("supervisor")
    begun = time.time()
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "cli", "up", *options],
        cwd=ROOT,
        env={**os.environ, "AKTUM_HOME": str(home.path)},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    os.close(log)
    with display.Board(console) as board:
        while (state := read_json(home.processes_file)).get("supervisor", {}).get("written", 0) < begun or (
            state["supervisor"]["phase"] != "ready"
        ):
            if state.get("supervisor", {}).get("written", 0) >= begun:
                _show_all(board, state["components"])
            if supervisor.poll() is not None:
                board.freeze()
                raise _say_why(home, read_json(home.processes_file).get("supervisor", {}), begun)
            if time.time() - begun > LONGEST_START:
                raise fail(f"Not up after {LONGEST_START:.0f} s; see {home.log('supervisor')}.")
            time.sleep(0.1)
        _show_all(board, state["components"])
    console.print(display.places(read_json(home.stack_file), console))
    console.print("Runs in the background; `aktum down` stops it.", style="dim")


def _say_why(home: StateDirectory, record: dict[str, Any], begun: float) -> typer.Exit:
    if record.get("written", 0) >= begun and "failure" in record:
        console.print(display.failure(ComponentFailed(**record["failure"])))
    else:
        console.print(home.log_tail("supervisor"), markup=False, highlight=False)
    return typer.Exit(NOT_RUNNING)


def _show_all(board: display.Board, components: dict[str, Any]) -> None:
    for name, record in components.items():
        board.show(Progress(name, record["state"], record.get("seconds", 0), record.get("detail", "")))


def _say_where(home: StateDirectory) -> None:
    processes = read_json(home.processes_file)
    phase = processes.get("supervisor", {}).get("phase", "starting")
    console.print("The stack is already running." if phase == "ready" else f"The stack is already {phase}.")
    if described := read_json(home.stack_file):
        console.print(display.places(described, console))


def _judge(name: str, record: dict[str, Any], parts: StackLayout) -> tuple[str, str]:
    """What the supervisor wrote, checked against how the part answers now."""
    if record["state"] != "healthy":
        return record["state"], record.get("detail", "")
    reason = parts.components[name].healthy()
    return ("healthy", "") if reason is None else ("down", reason)


def _await_end(home: StateDirectory) -> None:
    deadline = time.monotonic() + LONGEST_STOP
    while home.is_running():
        if time.monotonic() > deadline:
            raise fail(f"Still running after {LONGEST_STOP:.0f} s; see {home.log('supervisor')}.")
        time.sleep(0.1)
