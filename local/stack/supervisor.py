"""Starts components, watches them, starts again what dies, and stops them. It knows processes, not their purpose."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from local.stack.component import Child, Component, ComponentFailed, explain_exit
from local.stack.state_directory import StateDirectory

State = Literal["starting", "healthy", "done", "skipped", "restarting", "stopping", "stopped", "failed", "external"]
GLANCE = 0.1
LONGEST_PAUSE = 30.0
CALM_AFTER = 60.0


class Interrupted(Exception):
    """Somebody asked to stop while the stack was still starting."""


@dataclass(frozen=True)
class Progress:
    """One line of the display: what a component is doing, for how long, and why if it is not well."""

    name: str
    state: State
    seconds: float
    detail: str = ""


@dataclass
class SupervisedProcess:
    """A component under supervision. `guarded`: it has been healthy, so a death is repaired."""

    component: Component
    child: Child | None = None
    guarded: bool = False
    deaths: int = 0
    retry_at: float | None = None
    progress: Progress | None = None


class Supervisor:
    """`report` is called under `lock`, which also orders whatever it writes down."""

    def __init__(
        self, home: StateDirectory, environment: Mapping[str, str], report: Callable[[Progress], None]
    ) -> None:
        self._home = home
        self._environment = dict(environment)
        self._report = report
        self._wards: dict[str, SupervisedProcess] = {}
        self.lock = threading.RLock()
        self._interrupted = threading.Event()
        # The system takes a tethered child down when the *thread* that started it ends. This one lasts.
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        self._watcher.start()

    def interrupt(self) -> None:
        self._interrupted.set()

    def start(self, components: Iterable[Component]) -> None:
        """Start all of them at once, and return when each is healthy (a one-shot: has ended well)."""
        wanted = [component for component in components if not self._is_up(component.name)]
        begun = [component for component in wanted if self._may_begin(component)]
        for component in begun:
            self._spawn(component)
        waiting = {component.name for component in begun}
        while waiting:
            if self._interrupted.wait(GLANCE):
                raise Interrupted
            waiting -= {name for name in waiting if self._has_arrived(name)}

    def stop(self, names: Iterable[str]) -> None:
        """Ask all of them at once, then wait for each."""
        with self.lock:
            wards = [self._wards[name] for name in names if name in self._wards]
            for ward in wards:
                ward.guarded, ward.retry_at = False, None
                if ward.child and ward.child.exit_code() is None:
                    self._tell(ward, "stopping")
                    ward.child.ask_to_stop()
        for ward in wards:
            if ward.child:
                ward.child.await_stop(ward.component.stop_seconds)
                ward.child = None
                self._tell(ward, "stopped")

    def kill(self, name: str) -> None:
        """SIGKILL, and no restart: as a crash that nobody repairs."""
        with self.lock:
            ward = self._wards.get(name)
            if ward is None:
                raise ValueError(f"{name} has not been started.")
            ward.guarded, ward.retry_at = False, None
            if ward.child:
                ward.child.kill()
                ward.child = None
        self._tell(ward, "stopped", "killed")

    def close(self) -> None:
        self._closing.set()
        self._watcher.join()
        self._spawner.shutdown()

    def pids(self) -> dict[str, int]:
        with self.lock:
            return {name: ward.child.pid for name, ward in self._wards.items() if ward.child}

    def records(self) -> dict[str, dict[str, Any]]:
        """What the next supervisor must know to find these processes again, and a display to show them."""
        with self.lock:
            return {name: _record(ward, ward.progress) for name, ward in self._wards.items() if ward.progress}

    def _is_up(self, name: str) -> bool:
        with self.lock:
            ward = self._wards.get(name)
            return bool(ward and ward.child and ward.child.exit_code() is None)

    def _may_begin(self, component: Component) -> bool:
        ward = self._wards[component.name] = SupervisedProcess(component)
        if not component.is_missing():
            return True
        if component.optional:
            self._tell(ward, "skipped", f"{component.module} is not there")
            return False
        self._tell(ward, "failed", f"the module {component.module} is missing")
        raise ComponentFailed(component.name, f"the module {component.module} is missing")

    def _spawn(self, component: Component) -> None:
        with self.lock:
            ward = self._wards[component.name]
            self._tell(ward, "starting")
            start = self._spawner.submit(Child.start, component, self._home, self._environment)
            try:
                ward.child = start.result()
            except (OSError, ComponentFailed) as error:
                self._tell(ward, "failed", str(error))
                if isinstance(error, ComponentFailed):
                    raise
                raise ComponentFailed(component.name, f"could not be started: {error}") from error
            self._tell(ward, "starting")

    def _has_arrived(self, name: str) -> bool:
        ward = self._wards[name]
        child = ward.child
        if child is None:  # stopped from elsewhere while starting
            raise Interrupted
        code = child.exit_code()
        if code is not None:
            if ward.component.one_shot and code == 0:
                ward.child = None
                self._tell(ward, "done", began=child.began)
                return True
            self._fail(ward, explain_exit(code))
        if ward.component.one_shot:
            return False
        reason = ward.component.healthy()
        if reason is None:
            self._mark_healthy(ward)
            return True
        if time.monotonic() - child.began > ward.component.start_seconds:
            self._fail(ward, f"is not healthy after {ward.component.start_seconds:.0f} s: {reason}")
        return False

    def _mark_healthy(self, ward: SupervisedProcess) -> None:
        try:
            ward.component.ready()
        except ComponentFailed as error:
            self._tell(ward, "failed", error.reason)
            raise
        ward.guarded = True
        self._tell(ward, "healthy")

    def _fail(self, ward: SupervisedProcess, reason: str) -> None:
        self._tell(ward, "failed", reason)
        if ward.child and ward.child.exit_code() is not None:
            ward.child = None
        raise ComponentFailed(ward.component.name, reason, self._home.log_tail(ward.component.name))

    def _tell(self, ward: SupervisedProcess, state: State, detail: str = "", began: float | None = None) -> None:
        if state in {"stopping", "stopped"}:
            began = time.monotonic()
        start = began if began is not None else ward.child.began if ward.child else time.monotonic()
        with self.lock:
            ward.progress = Progress(ward.component.name, state, time.monotonic() - start, detail)
            self._report(ward.progress)

    def _watch(self) -> None:
        while not self._closing.wait(GLANCE * 2):
            for ward in list(self._wards.values()):
                with self.lock:
                    self._look_after(ward)

    def _look_after(self, ward: SupervisedProcess) -> None:
        """Restart what died, after a pause that doubles with each death until it has been calm for a while."""
        if not ward.guarded:
            return
        if ward.retry_at is not None:
            if time.monotonic() >= ward.retry_at:
                ward.retry_at = None
                self._restart(ward)
            return
        if ward.child is None or (code := ward.child.exit_code()) is None:
            if ward.child and ward.progress and ward.progress.state == "starting" and not ward.component.healthy():
                self._tell(ward, "healthy", "again")
            return
        calm = time.monotonic() - ward.child.began > CALM_AFTER
        ward.deaths = 1 if calm else ward.deaths + 1
        self._plan_restart(ward, explain_exit(code))

    def _restart(self, ward: SupervisedProcess) -> None:
        try:
            self._spawn(ward.component)
        except ComponentFailed as error:
            ward.deaths += 1
            self._plan_restart(ward, error.reason)

    def _plan_restart(self, ward: SupervisedProcess, reason: str) -> None:
        pause = min(0.5 * 2 ** (ward.deaths - 1), LONGEST_PAUSE)
        ward.retry_at = time.monotonic() + pause
        self._tell(ward, "restarting", f"{reason}; starts again in {pause:.1f} s")


def _record(ward: SupervisedProcess, shown: Progress) -> dict[str, Any]:
    record: dict[str, Any] = {"state": shown.state, "seconds": round(shown.seconds, 2), "detail": shown.detail}
    if ward.child is not None:
        record |= {"pid": ward.child.pid, "created": ward.child.created}
        record |= {"command": list(ward.component.command), "stop_signal": int(ward.component.stop_signal)}
    return record
