"""One part of the stack as the supervisor sees it: how to start it, how to know that it works, how to stop it."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from local.stack.state_directory import ROOT, StateDirectory

TETHER = Path(__file__).with_name("parent_death_guard.py")


class ComponentFailed(Exception):
    """A component did not start. `log` is the end of what it wrote."""

    def __init__(self, name: str, reason: str, log: str = "") -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
        self.log = log


@dataclass(frozen=True)
class Component:
    """`prepare` runs before each start, `ready` once the part is healthy for the first time. A `one_shot` is healthy
    when it has ended well. `module` is what must be there to import; `optional` skips the part where it is not."""

    name: str
    command: tuple[str, ...]
    healthy: Callable[[], str | None] = lambda: None
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    ready: Callable[[], None] = lambda: None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    start_seconds: float = 60
    one_shot: bool = False
    module: str | None = None
    optional: bool = False

    def is_missing(self) -> bool:
        return self.module is not None and not _can_import(self.module)


@dataclass
class Child:
    """A started component. It leads a session of its own, so that Ctrl-C reaches the supervisor alone."""

    component: Component
    process: subprocess.Popen[bytes]
    created: float
    began: float

    @classmethod
    def start(cls, component: Component, home: StateDirectory, environment: Mapping[str, str]) -> "Child":
        """Must be called from a thread that lives as long as the child may: its end is what the tether hears."""
        component.prepare()
        log = home.open_log(component.name)
        tether = [sys.executable, "-S", "-E", str(TETHER), str(os.getpid()), str(int(component.stop_signal))]
        try:
            os.write(log, f"--- started {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
            process = subprocess.Popen(
                [*tether, component.user or "-", *component.command],
                cwd=ROOT,
                env={**environment, **component.env, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
            )
        finally:
            os.close(log)
        return cls(component, process, psutil.Process(process.pid).create_time(), time.monotonic())

    @property
    def pid(self) -> int:
        return self.process.pid

    def exit_code(self) -> int | None:
        return self.process.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self.process.send_signal(self.component.stop_signal)

    def await_stop(self, seconds: float) -> None:
        """Wait; who does not listen is killed with everything it started."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        if self.exit_code() is None:  # not yet reaped, so the pid is still ours
            kill_session(self.pid)
            self.process.wait()


def kill_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def explain_exit(code: int) -> str:
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _can_import(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
