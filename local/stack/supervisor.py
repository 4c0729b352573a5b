"""The supervisor: starts components, restarts those that end unexpectedly or hang, and stops them."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from local.stack.component import Child, Component, ComponentFailed, explain_exit
from local.stack.state_directory import StateDirectory

State = Literal["starting", "healthy", "done", "skipped", "restarting", "stopping", "stopped", "failed", "external"]
POLL_SECONDS = 0.1
LONGEST_RESTART_DELAY = 30.0
STABLE_AFTER = 60.0
# A component that was healthy is killed, and so restarted, when it fails this many checks in a row.
CHECK_SECONDS = 15.0
FAILED_CHECKS = 4


class Interrupted(Exception):
    """A stop was requested while the stack was starting."""


@dataclass(frozen=True)
class Progress:
    """The state of a component, the seconds since its start, and a detail such as the reason of a failure."""

    name: str
    state: State
    seconds: float
    detail: str = ""


@dataclass
class SupervisedProcess:
    """A component under supervision. `restarts`: it has been healthy, so it is started again when it ends."""

    component: Component
    child: Child | None = None
    restarts: bool = False
    ends: int = 0
    retry_at: float | None = None
    failed_checks: int = 0
    progress: Progress | None = None


class Supervisor:
    """The components of one state directory. `report` is called under `lock`, so that its records keep their order."""

    def __init__(
        self, directory: StateDirectory, environment: Mapping[str, str], report: Callable[[Progress], None]
    ) -> None:
        self._directory = directory
        self._environment = dict(environment)
        self._report = report
        self._processes: dict[str, SupervisedProcess] = {}
        self.lock = threading.RLock()
        self._interrupted = threading.Event()
        # Linux signals a child when the *thread* that started it ends. This thread lives as long as the supervisor.
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._checker = threading.Thread(target=self._check_all, name="checker", daemon=True)
        self._watcher.start()
        self._checker.start()

    def interrupt(self) -> None:
        self._interrupted.set()

    def start(self, components: Iterable[Component]) -> None:
        """Start all of them at once, and return when each is healthy or, if it is a one-shot, has ended with code 0."""
        stopped = [component for component in components if not self._is_up(component.name)]
        started = [component for component in stopped if self._may_start(component)]
        for component in started:
            self._spawn(component)
        waiting = {component.name for component in started}
        while waiting:
            if self._interrupted.wait(POLL_SECONDS):
                raise Interrupted
            waiting -= {name for name in waiting if self._has_started(name)}

    def stop(self, names: Iterable[str]) -> None:
        """Send the stop signal to all of them, then wait for each."""
        with self.lock:
            processes = [self._processes[name] for name in names if name in self._processes]
            for supervised in processes:
                supervised.restarts, supervised.retry_at = False, None
                if supervised.child and supervised.child.exit_code() is None:
                    self._set_state(supervised, "stopping")
                    supervised.child.send_stop_signal()
        for supervised in processes:
            if supervised.child:
                supervised.child.wait_or_kill(supervised.component.stop_seconds)
                supervised.child = None
                self._set_state(supervised, "stopped")

    def kill(self, name: str) -> None:
        """Kill a component with SIGKILL and do not restart it. Raises ValueError if it was never started."""
        with self.lock:
            supervised = self._processes.get(name)
            if supervised is None:
                raise ValueError(f"{name} has not been started.")
            supervised.restarts, supervised.retry_at = False, None
            if supervised.child:
                supervised.child.kill()
                supervised.child = None
        self._set_state(supervised, "stopped", "killed")

    def close(self) -> None:
        self._closing.set()
        self._watcher.join()
        self._checker.join()
        self._spawner.shutdown()

    def pids(self) -> dict[str, int]:
        with self.lock:
            return {name: supervised.child.pid for name, supervised in self._processes.items() if supervised.child}

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the entries of processes.json: state, and while a component runs its pid, start time and command."""
        with self.lock:
            return {
                name: _record(supervised, supervised.progress)
                for name, supervised in self._processes.items()
                if supervised.progress
            }

    def _is_up(self, name: str) -> bool:
        with self.lock:
            supervised = self._processes.get(name)
            return bool(supervised and supervised.child and supervised.child.exit_code() is None)

    def _may_start(self, component: Component) -> bool:
        supervised = self._processes[component.name] = SupervisedProcess(component)
        if not component.is_missing():
            return True
        if component.optional:
            self._set_state(supervised, "skipped", f"{component.module} cannot be imported")
            return False
        self._set_state(supervised, "failed", f"the module {component.module} is missing")
        raise ComponentFailed(component.name, f"the module {component.module} is missing")

    def _spawn(self, component: Component) -> None:
        with self.lock:
            supervised = self._processes[component.name]
            self._set_state(supervised, "starting")
            start = self._spawner.submit(Child.start, component, self._directory, self._environment)
            try:
                supervised.child = start.result()
            except (OSError, ComponentFailed) as error:
                self._set_state(supervised, "failed", str(error))
                if isinstance(error, ComponentFailed):
                    raise
                raise ComponentFailed(component.name, f"could not be started: {error}") from error
            self._set_state(supervised, "starting")

    def _has_started(self, name: str) -> bool:
        supervised = self._processes[name]
        child = supervised.child
        if child is None:  # stopped from elsewhere while starting
            raise Interrupted
        code = child.exit_code()
        if code is not None:
            if supervised.component.one_shot and code == 0:
                supervised.child = None
                self._set_state(supervised, "done", started_at=child.started_at)
                return True
            self._fail(supervised, explain_exit(code))
        if supervised.component.one_shot:
            return False
        reason = supervised.component.healthy()
        if reason is None:
            self._mark_healthy(supervised)
            return True
        if time.monotonic() - child.started_at > supervised.component.start_seconds:
            self._fail(supervised, f"is not healthy after {supervised.component.start_seconds:.0f} s: {reason}")
        return False

    def _mark_healthy(self, supervised: SupervisedProcess) -> None:
        try:
            supervised.component.ready()
        except ComponentFailed as error:
            self._set_state(supervised, "failed", error.reason)
            raise
        supervised.restarts = True
        self._set_state(supervised, "healthy")

    def _fail(self, supervised: SupervisedProcess, reason: str) -> None:
        self._set_state(supervised, "failed", reason)
        if supervised.child and supervised.child.exit_code() is not None:
            supervised.child = None
        raise ComponentFailed(supervised.component.name, reason, self._directory.log_tail(supervised.component.name))

    def _set_state(
        self, supervised: SupervisedProcess, state: State, detail: str = "", started_at: float | None = None
    ) -> None:
        if state in {"stopping", "stopped"}:
            started_at = time.monotonic()
        start = (
            started_at
            if started_at is not None
            else supervised.child.started_at
            if supervised.child
            else time.monotonic()
        )
        with self.lock:
            supervised.progress = Progress(supervised.component.name, state, time.monotonic() - start, detail)
            self._report(supervised.progress)

    def _watch(self) -> None:
        while not self._closing.wait(POLL_SECONDS * 2):
            for supervised in list(self._processes.values()):
                with self.lock:
                    self._restart_if_ended(supervised)

    def _restart_if_ended(self, supervised: SupervisedProcess) -> None:
        """Restart a component that ended. The delay doubles with each end until it has run for STABLE_AFTER seconds."""
        if not supervised.restarts:
            return
        if supervised.retry_at is not None:
            if time.monotonic() >= supervised.retry_at:
                supervised.retry_at = None
                self._restart(supervised)
            return
        if supervised.child is None or (code := supervised.child.exit_code()) is None:
            if (
                supervised.child
                and supervised.progress
                and supervised.progress.state == "starting"
                and not supervised.component.healthy()
            ):
                self._set_state(supervised, "healthy", "again")
            return
        stable = time.monotonic() - supervised.child.started_at > STABLE_AFTER
        supervised.ends = 1 if stable else supervised.ends + 1
        self._plan_restart(supervised, explain_exit(code))

    def _check_all(self) -> None:
        """Check the healthy components from time to time. A check may take seconds, so it holds no lock."""
        while not self._closing.wait(CHECK_SECONDS):
            for supervised in list(self._processes.values()):
                child, progress = supervised.child, supervised.progress
                if supervised.restarts and child and progress and progress.state == "healthy":
                    self._kill_if_hanging(supervised, child)

    def _kill_if_hanging(self, supervised: SupervisedProcess, child: Child) -> None:
        reason = supervised.component.healthy()
        supervised.failed_checks = supervised.failed_checks + 1 if reason else 0
        if supervised.failed_checks < FAILED_CHECKS:
            return
        with self.lock:
            if supervised.child is not child or not supervised.restarts or self._closing.is_set():
                return  # it was stopped or restarted meanwhile
            supervised.failed_checks = 0
            self._set_state(supervised, "restarting", f"does not answer: {reason}")
            child.kill()

    def _restart(self, supervised: SupervisedProcess) -> None:
        try:
            self._spawn(supervised.component)
        except ComponentFailed as error:
            supervised.ends += 1
            self._plan_restart(supervised, error.reason)

    def _plan_restart(self, supervised: SupervisedProcess, reason: str) -> None:
        delay = min(0.5 * 2 ** (supervised.ends - 1), LONGEST_RESTART_DELAY)
        supervised.retry_at = time.monotonic() + delay
        self._set_state(supervised, "restarting", f"{reason}; starts again in {delay:.1f} s")


def _record(supervised: SupervisedProcess, shown: Progress) -> dict[str, Any]:
    record: dict[str, Any] = {"state": shown.state, "seconds": round(shown.seconds, 2), "detail": shown.detail}
    if supervised.child is not None:
        record |= {"pid": supervised.child.pid, "created": supervised.child.created}
        record |= {"command": list(supervised.component.command), "stop_signal": int(supervised.component.stop_signal)}
    return record
