"""One component of the stack: how it is started, checked and stopped."""

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

from local.stack.state_directory import ROOT, START_OF_LOG, StateDirectory

PARENT_DEATH_GUARD = Path(__file__).with_name("parent_death_guard.py")


class ComponentFailed(Exception):
    """A component did not start. `log` holds the last lines of its log."""

    def __init__(self, name: str, reason: str, log: str = "") -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason
        self.log = log


@dataclass(frozen=True)
class Component:
    """The description of a component.

    `healthy` returns None, or the reason why the component does not work. `prepare` runs before each start, `ready`
    after the component became healthy for the first time. A `one_shot` must end with code 0. `module` must be
    importable; if it is not, an `optional` component is skipped and any other fails.
    """

    name: str
    command: tuple[str, ...]
    healthy: Callable[[], str | None] = lambda: None
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = lambda: None
    ready: Callable[[], None] = lambda: None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    start_seconds: float = 120  # a busy machine may need more than a minute
    one_shot: bool = False
    module: str | None = None
    optional: bool = False

    def is_missing(self) -> bool:
        return self.module is not None and not _can_import(self.module)


@dataclass
class Child:
    """A started component. It leads its own session, so that Ctrl-C reaches the supervisor only."""

    component: Component
    process: subprocess.Popen[bytes]
    created: float
    started_at: float

    @classmethod
    def start(cls, component: Component, directory: StateDirectory, environment: Mapping[str, str]) -> "Child":
        """Start the component. The calling *thread* must outlive it: Linux stops the child when the thread ends."""
        component.prepare()
        log = directory.open_log(component.name)
        guard = [sys.executable, "-S", "-E", str(PARENT_DEATH_GUARD), str(os.getpid()), str(int(component.stop_signal))]
        try:
            os.write(log, f"{START_OF_LOG} {time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
            process = subprocess.Popen(
                [*guard, component.user or "-", *component.command],
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

    def send_stop_signal(self) -> None:
        if self.exit_code() is None:
            self.process.send_signal(self.component.stop_signal)

    def wait_or_kill(self, seconds: float) -> None:
        """Wait for the end; after `seconds`, kill the component and all that it started."""
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
