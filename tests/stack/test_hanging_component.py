"""The supervisor restarts a component that hangs, and leaves one alone that works or that fails a single check."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.stack import port_allocation, supervisor
from local.stack.component import Component
from local.stack.health_checks import check_http
from local.stack.state_directory import StateDirectory
from local.stack.supervisor import Progress, Supervisor
from tests.stack.conftest import clean_environment, wait_until


@pytest.fixture
def seen() -> list[Progress]:
    return []


@pytest.fixture
def running(tmp_path: Path, seen: list[Progress], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """A supervisor that checks twice a second."""
    monkeypatch.setattr(supervisor, "CHECK_SECONDS", 0.5)
    directory = StateDirectory(tmp_path)
    directory.create()
    made = Supervisor(directory, clean_environment(), seen.append)
    yield made
    made.stop(["part"])
    made.close()


def test_a_component_that_is_stopped_by_a_signal_is_replaced(running: Supervisor, seen: list[Progress]) -> None:
    port = port_allocation.free_port(taken=set())
    command = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    running.start([Component("part", command, healthy=lambda: check_http(f"http://127.0.0.1:{port}/"))])
    first = running.pids()["part"]
    os.kill(first, signal.SIGSTOP)
    wait_until(lambda: running.pids().get("part", first) != first)
    wait_until(lambda: seen[-1].state == "healthy")
    assert not psutil.pid_exists(first)
    assert any(progress.state == "restarting" and "does not answer" in progress.detail for progress in seen)


def test_a_component_that_fails_single_checks_is_left_alone(running: Supervisor, seen: list[Progress]) -> None:
    checks = 0

    def healthy() -> str | None:
        nonlocal checks
        checks += 1
        return None if checks < 2 or checks % supervisor.FAILED_CHECKS == 0 else "busy"

    running.start([Component("part", (sys.executable, "-c", "import signal; signal.pause()"), healthy=healthy)])
    first = running.pids()["part"]
    wait_until(lambda: checks > 3 * supervisor.FAILED_CHECKS)
    assert running.pids()["part"] == first
    assert {progress.state for progress in seen} == {"starting", "healthy"}
