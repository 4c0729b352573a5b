"""The embedded stack as one object, for the `aktum` command, the tests and the demo.

with Stack(StateDirectory(Path("/tmp/try")), components={"temporal", "postgres"}) as stack:
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
from local.stack.components import StackLayout
from local.stack.credentials import Credentials
from local.stack.orphans import end_orphans
from local.stack.stages import NAMES, STAGES
from local.stack.state_directory import StateDirectory, read_json, write_json
from local.stack.supervisor import Interrupted, Progress, Supervisor


class Stack:
    """The components of one state directory, started and stopped together.

    `directory`: the state directory (default AKTUM_HOME, else `var/` of the checkout).
    `components`: the components to start (default all); one that is left out can be started by `start_component`.
    `env`: the environment that decides ports and external components, and that the children inherit (default: that of
    this process).

    A started stack locks its state directory; a second one raises AlreadyRunning. Leaving the `with` block stops it.
    """

    def __init__(
        self,
        directory: Path | StateDirectory | None = None,
        components: set[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._environment = dict(os.environ if env is None else env)
        if directory is None:
            self.directory = StateDirectory.of(self._environment)
        else:
            self.directory = directory if isinstance(directory, StateDirectory) else StateDirectory(directory.resolve())
        if unknown := set(components or ()) - set(NAMES):
            raise ValueError(f"The stack has no {', '.join(sorted(unknown))}. It has: {', '.join(NAMES)}.")
        self._selected = set(NAMES) if components is None else components
        self._on_progress: Callable[[Progress], None] = lambda _: None
        self._lock_file: int | None = None
        self._phase = "stopped"
        self._failure: ComponentFailed | None = None
        self._layout: StackLayout | None = None
        self._supervisor: Supervisor | None = None
        self._stop_requested = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Start the selected components in order, and return when all are healthy.

        `on_progress` is called for each change of state, later ones included, from any thread. Raises ComponentFailed
        if a component fails, after stopping the others; Interrupted if `request_stop` is called meanwhile.
        """
        if self._supervisor is not None:
            return
        self._on_progress = on_progress or self._on_progress
        self._lock_file = self.directory.lock()
        try:
            self._prepare()
            self._enter_phase("starting")
            for name in sorted(self.layout.external & self._selected):
                self._on_progress(Progress(name, "external", 0))
            for stage in STAGES:
                self.supervisor.start(
                    self.layout.components[name]
                    for name in stage
                    if name in self._selected and name in self.layout.components
                )
            self._enter_phase("ready")
        except BaseException as error:
            self._failure = error if isinstance(error, ComponentFailed) else None
            self.stop()
            if self._failure and self._stop_requested.is_set():
                raise Interrupted from error
            raise

    def _prepare(self) -> None:
        self.directory.create()
        end_orphans(self.directory)
        earlier = read_json(self.directory.stack_file).get("ports", {})
        chosen_ports = port_allocation.choose(self._environment, earlier)
        self._layout = StackLayout(self.directory, self._environment, chosen_ports, Credentials.load(self.directory))
        self._supervisor = Supervisor(self.directory, {**self._environment, **self._layout.env}, self._handle_progress)
        if self._stop_requested.is_set():
            self._supervisor.interrupt()

    def stop(self) -> None:
        """Stop all components in reverse order. Does nothing if the stack does not run."""
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
        """End `start` and `wait`, so that the caller can call `stop`. Safe in a signal handler."""
        self._stop_requested.set()
        if self._supervisor is not None:
            self._supervisor.interrupt()

    def wait(self) -> None:
        """Wait until `request_stop` is called."""
        self._stop_requested.wait()

    @property
    def layout(self) -> StackLayout:
        if self._layout is None:
            raise RuntimeError("The stack has not been started.")
        return self._layout

    @property
    def supervisor(self) -> Supervisor:
        if self._supervisor is None:
            raise RuntimeError("The stack is not running.")
        return self._supervisor

    @property
    def env(self) -> dict[str, str]:
        """The variables that the children get in addition to the environment."""
        return dict(self.layout.env)

    def describe(self) -> dict[str, Any]:
        """Return the content of stack.json: addresses, users, ports and process ids."""
        pids = self._supervisor.pids() if self._supervisor else {}
        return {**self.layout.describe(), "pids": pids}

    def start_component(self, name: str) -> None:
        """Start one component, selected or not, and wait until it is healthy."""
        self.supervisor.start([self._component(name)])

    def stop_component(self, name: str) -> None:
        self.supervisor.stop([self._component(name).name])

    def restart(self, name: str) -> None:
        self.stop_component(name)
        self.start_component(name)

    def kill(self, name: str) -> None:
        """Kill a component with SIGKILL and without the automatic restart. `start_component` starts it again."""
        self.supervisor.kill(self._component(name).name)

    def _component(self, name: str) -> Component:
        if name not in self.layout.components:
            raise ValueError(f"{name} is external or is not a component of the stack.")
        return self.layout.components[name]

    def _handle_progress(self, progress: Progress) -> None:
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
            external = {name: {"state": "external"} for name in sorted(self.layout.external & self._selected)}
            components = {**external, **self._supervisor.records()}
            write_json(self.directory.processes_file, {"supervisor": supervisor, "components": components})
            write_json(self.directory.stack_file, self.describe())
