"""The embedded stack as one object: for the `aktum` command, for tests, and for the demo.

with Stack(Home(Path("/tmp/try")), components={"temporal", "postgres"}) as stack:
    stack.start()
    stack.env["DATABASE_URL"]
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.stack import port_allocation
from local.stack.component import Component, ComponentFailed
from local.stack.components import NAMES, STAGES, StackLayout
from local.stack.credentials import Credentials
from local.stack.orphans import end_orphans
from local.stack.state_directory import StateDirectory, read_json, write_json
from local.stack.supervisor import Interrupted, Progress, Supervisor


class Stack:
    """`home`: the state directory (default AKTUM_HOME, else `var/` of the checkout). `components`: which parts to start
    (default all; one that is left out can be started later by `start_component`). `env`: the environment that decides
    ports and external parts, and that the children inherit (default: this process's).

    It becomes the supervisor of its home, so a second one raises AlreadyRunning. Leaving the `with` block stops it."""

    def __init__(
        self,
        home: Path | StateDirectory | None = None,
        components: set[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._environment = dict(os.environ if env is None else env)
        if home is None:
            self.home = StateDirectory.of(self._environment)
        else:
            self.home = home if isinstance(home, StateDirectory) else StateDirectory(home.resolve())
        if unknown := set(components or ()) - set(NAMES):
            raise ValueError(f"The stack has no {', '.join(sorted(unknown))}. It has: {', '.join(NAMES)}.")
        self._chosen = set(NAMES) if components is None else components
        self._on_progress: Callable[[Progress], None] = lambda _: None
        self._lock_file: int | None = None
        self._phase = "stopped"
        self._failure: ComponentFailed | None = None
        self._parts: StackLayout | None = None
        self._supervisor: Supervisor | None = None
        self._stop_asked = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Start everything chosen, in order, and return when it is healthy. `on_progress` is told each change, also
        later ones, from whichever thread notices. A part that fails raises ComponentFailed after the rest is stopped;
        `request_stop` from elsewhere raises Interrupted."""
        if self._supervisor is not None:
            return
        self._on_progress = on_progress or self._on_progress
        self._lock_file = self.home.lock()
        try:
            self._begin()
            self._enter_phase("starting")
            for name in sorted(self.parts.external & self._chosen):
                self._on_progress(Progress(name, "external", 0))
            for stage in STAGES:
                self.supervisor.start(
                    self.parts.components[name]
                    for name in stage
                    if name in self._chosen and name in self.parts.components
                )
            self._enter_phase("ready")
        except BaseException as error:
            self._failure = error if isinstance(error, ComponentFailed) else None
            self.stop()
            if self._failure and self._stop_asked.is_set():
                raise Interrupted from error
            raise

    def _begin(self) -> None:
        self.home.create()
        end_orphans(self.home)
        earlier = read_json(self.home.stack_file).get("ports", {})
        chosen_ports = port_allocation.choose(self._environment, earlier)
        self._parts = StackLayout(self.home, self._environment, chosen_ports, Credentials.load(self.home))
        self._supervisor = Supervisor(self.home, {**self._environment, **self._parts.env}, self._told)
        if self._stop_asked.is_set():
            self._supervisor.interrupt()

    def stop(self) -> None:
        """Stop everything in reverse order. Does nothing where nothing runs."""
        if self._lock_file is None:
            return
        if self._supervisor is not None:
            self._enter_phase("stopping")
            for stage in reversed(STAGES):
                self._supervisor.stop(stage)
            self._supervisor.close()
            self._enter_phase("stopped")
            self._supervisor = None
        os.close(self._lock_file)
        self._lock_file = None

    def request_stop(self) -> None:
        """For signal handlers: ends `start` and `wait`, after which `stop` does the work."""
        self._stop_asked.set()
        if self._supervisor is not None:
            self._supervisor.interrupt()

    def wait(self) -> None:
        """Stay until `request_stop`."""
        self._stop_asked.wait()

    @property
    def parts(self) -> StackLayout:
        if self._parts is None:
            raise RuntimeError("The stack has not been started.")
        return self._parts

    @property
    def supervisor(self) -> Supervisor:
        if self._supervisor is None:
            raise RuntimeError("The stack is not running.")
        return self._supervisor

    @property
    def env(self) -> dict[str, str]:
        """The settings variables that the children get on top of the environment."""
        return dict(self.parts.env)

    def describe(self) -> dict[str, Any]:
        """What stack.json says."""
        pids = self._supervisor.pids() if self._supervisor else {}
        return {**self.parts.describe(), "pids": pids}

    def start_component(self, name: str) -> None:
        """Start one part, whether or not it was chosen, and wait until it is healthy."""
        self.supervisor.start([self._component(name)])

    def stop_component(self, name: str) -> None:
        self.supervisor.stop([self._component(name).name])

    def restart(self, name: str) -> None:
        self.stop_component(name)
        self.start_component(name)

    def kill(self, name: str) -> None:
        """SIGKILL, without the automatic restart. `start_component` brings it back."""
        self.supervisor.kill(self._component(name).name)

    def _component(self, name: str) -> Component:
        if name not in self.parts.components:
            raise ValueError(f"{name} is external, or no part of the stack.")
        return self.parts.components[name]

    def _told(self, progress: Progress) -> None:
        self._record()
        self._on_progress(progress)

    def _enter_phase(self, phase: str) -> None:
        self._phase = phase
        self._record()

    def _record(self) -> None:
        if self._supervisor is None:
            return
        with self._supervisor.lock:
            supervisor = {"pid": os.getpid(), "phase": self._phase, "written": time.time()}
            if failure := self._failure:
                supervisor["failure"] = {"name": failure.name, "reason": failure.reason, "log": failure.log}
            external = {name: {"state": "external"} for name in sorted(self.parts.external & self._chosen)}
            components = {**external, **self._supervisor.records()}
            write_json(self.home.processes_file, {"supervisor": supervisor, "components": components})
            write_json(self.home.stack_file, self.describe())
