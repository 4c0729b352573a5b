"""The supervisor restarts components, and leaves no process behind when it stops or is killed."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from local.engines.temporal_server import temporal_program
from local.stack.component import Component, ComponentFailed
from local.stack.port_allocation import PortTaken, choose
from local.stack.stack import Stack
from local.stack.state_directory import ROOT, AlreadyRunning, StateDirectory
from local.stack.supervisor import Progress, Supervisor
from tests.stack.conftest import StartStack, clean_environment, wait_until

LEFT_OUT = ("worker", "api", "sandboxes", "signer", "migrate", "seed")
OWN_COMPONENTS = ("temporal", "postgres", "clickhouse", "object_store", "mailbox")


def aktum(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *arguments]
    environment = {**clean_environment(), "AKTUM_HOME": str(directory)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def family(pids: list[int]) -> list[psutil.Process]:
    """Return these processes and all their descendants."""
    leaders = [psutil.Process(pid) for pid in pids]
    return [process for leader in leaders for process in (leader, *leader.children(recursive=True))]


def all_gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def count_rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO starts DEFAULT VALUES")
        found = connection.execute("SELECT count(*) FROM starts").fetchone()
    assert found is not None
    return int(found[0])


def temporal_is_set_up(address: str) -> bool:
    """Return whether the search attributes exist and histories are kept for 90 days (2160 hours)."""
    attributes = operator(address, "search-attribute", "list")
    namespace = operator(address, "namespace", "describe", "--namespace", "default")
    wanted = ("InvoiceStatus", "InvoiceKind", "InvoiceCustomer", "InvoicePeriod", "InvoiceNumber", "InvoiceBlocked")
    keywords = all(re.search(rf"{name}\s+Keyword\b", attributes) for name in wanted)
    return keywords and bool(re.search(r"InvoiceDue\s+Datetime", attributes)) and "2160h" in namespace


def operator(address: str, *arguments: str) -> str:
    command = [temporal_program(), "operator", *arguments, "--address", address]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.timeout(600)  # it starts three stacks and ten commands, which a busy machine does slowly
def test_the_whole_life_of_a_detached_stack(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    without = [word for name in LEFT_OUT for word in ("--without", name)]
    assert aktum(directory, "status").returncode == 1
    assert aktum(directory, "down").returncode == 1

    started = aktum(directory, "up", "--detach", *without)
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        for name in ("stack.json", "credentials.json"):
            assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600
        first = read(directory / "stack.json")
        assert set(first["pids"]) == set(OWN_COMPONENTS)
        assert [user["role"] for user in first["users"]] == ["admin", "manager", "editor", "viewer"]
        assert count_rows(first["postgres"]) == 1
        assert httpx.get(first["web_ui"]).status_code == 200
        assert temporal_is_set_up(first["temporal"])
        assert aktum(directory, "status").returncode == 0
        again = aktum(directory, "up")
        assert (again.returncode, first["web_ui"] in again.stdout) == (0, True)

        # All processes are killed at once, as when memory runs out.
        supervisor = read(directory / "processes.json")["supervisor"]["pid"]
        killed = family([supervisor])
        for process in killed:
            with suppress(psutil.NoSuchProcess):  # it ended with the supervisor
                process.kill()
        wait_until(lambda: all_gone(killed))
        restarted = aktum(directory, "up", "--detach", *without)
        assert restarted.returncode == 0, restarted.stdout + restarted.stderr
        second = read(directory / "stack.json")
        assert {**second, "pids": {}} == {**first, "pids": {}}  # same addresses, same credentials
        assert count_rows(second["postgres"]) == 2

        # Only the supervisor is killed; its children end with it.
        children = family(list(second["pids"].values()))
        os.kill(read(directory / "processes.json")["supervisor"]["pid"], signal.SIGKILL)
        wait_until(lambda: all_gone(children))
        assert aktum(directory, "up", "--detach", *without).returncode == 0
        assert count_rows(second["postgres"]) == 3
        last = family([read(directory / "processes.json")["supervisor"]["pid"]])
    finally:
        stopped = aktum(directory, "down")
    assert stopped.returncode == 0
    wait_until(lambda: all_gone(last))  # the supervisor ends shortly after it releases the lock
    assert aktum(directory, "status").returncode == 1


def test_a_component_that_ends_is_restarted_unless_it_was_killed_on_purpose(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    first = stack.describe()["pids"]["mailbox"]
    os.kill(first, signal.SIGKILL)
    health = stack.describe()["mailbox"] + "/__sandbox/health"
    wait_until(lambda: stack.describe()["pids"].get("mailbox", first) != first and responds(health))
    stack.kill("mailbox")
    assert "mailbox" not in stack.describe()["pids"]
    assert not responds(health)
    stack.start_component("mailbox")
    assert responds(health)


def responds(url: str) -> bool:
    try:
        return httpx.get(url, timeout=30).is_success
    except httpx.HTTPError:
        return False


def test_a_state_directory_has_one_supervisor(start_stack: StartStack) -> None:
    stack = start_stack("mailbox")
    with pytest.raises(AlreadyRunning), Stack(stack.directory, {"mailbox"}, clean_environment()) as second:
        second.start()


def test_a_component_with_a_configured_address_is_external(start_stack: StartStack) -> None:
    url = "postgresql://somebody@db.example/theirs"
    planfact = {
        "AKTUM_PLANFACT__URL": "https://api.planfact.example",
        "AKTUM_PLANFACT__API_KEY": "key",
        "AKTUM_PLANFACT__COMPANY_ID": "4711",
        "AKTUM_PLANFACT__HOURLY_PRODUCT_ID": "hours",
        "AKTUM_PLANFACT__SUPPORT_PRODUCT_ID": "support",
    }
    stack = start_stack("postgres", "mailbox", DATABASE_URL=url, **planfact)
    described = stack.describe()
    assert described["external"] == ["postgres"]
    assert described["postgres"] == url
    assert set(described["pids"]) == {"mailbox"}
    assert "DATABASE_URL" not in stack.env
    assert described["sandboxes"]["planfact"] == "https://api.planfact.example"
    assert described["sandboxes"]["didox"].startswith("http://127.0.0.1:")
    assert not planfact.keys() & stack.env.keys()


def test_a_requested_port_that_is_in_use_is_named(start_stack: StartStack) -> None:
    taken = start_stack("mailbox").describe()["ports"]["mailbox"]
    with pytest.raises(PortTaken, match=f"Port {taken}, which AKTUM_PORT_API requests"):
        choose({"AKTUM_PORT_API": str(taken)}, {})


def python(name: str, program: str, **more: Any) -> Component:
    return Component(name, (sys.executable, "-c", program), **more)


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    directory = StateDirectory(tmp_path)
    directory.create()
    return directory


def test_a_failed_component_is_named_with_the_end_of_its_log(directory: StateDirectory) -> None:
    seen: list[Progress] = []
    supervisor = Supervisor(directory, clean_environment(), seen.append)
    try:
        with pytest.raises(ComponentFailed) as caught:
            supervisor.start([python("broken", "raise SystemExit('the disk is full')", healthy=lambda: "no")])
    finally:
        supervisor.close()
    assert (caught.value.name, caught.value.reason) == ("broken", "ended with code 1")
    assert caught.value.log.endswith("the disk is full")
    assert [(progress.name, progress.state) for progress in seen][-1] == ("broken", "failed")


def test_the_log_of_a_failure_holds_no_lines_of_an_earlier_start(directory: StateDirectory) -> None:
    supervisor = Supervisor(directory, clean_environment(), lambda _: None)
    logs = []
    try:
        for reason in ("first reason", "second reason"):
            with pytest.raises(ComponentFailed) as caught:
                supervisor.start([python("broken", f"raise SystemExit({reason!r})", healthy=lambda: "no")])
            logs.append(caught.value.log)
    finally:
        supervisor.close()
    assert ["first reason" in log for log in logs] == [True, False]
    assert "second reason" in logs[1]


def test_a_missing_module_is_an_error_unless_optional(directory: StateDirectory) -> None:
    seen: list[Progress] = []
    supervisor = Supervisor(directory, clean_environment(), seen.append)
    try:
        supervisor.start([python("extra", "", module="local.not_there", optional=True)])
        assert seen[-1].state == "skipped"
        with pytest.raises(ComponentFailed, match=r"the module local\.not_there is missing"):
            supervisor.start([python("needed", "", module="local.not_there")])
    finally:
        supervisor.close()


def test_a_component_that_ignores_the_stop_signal_is_killed(directory: StateDirectory) -> None:
    ready = directory.path / "ready"
    ignoring = f"import signal; signal.signal(15, signal.SIG_IGN); open({str(ready)!r}, 'w').close(); signal.pause()"
    supervisor = Supervisor(directory, clean_environment(), lambda _: None)
    try:
        supervisor.start(
            [python("ignoring", ignoring, stop_seconds=0.5, healthy=lambda: None if ready.exists() else "not yet")]
        )
        process = psutil.Process(supervisor.pids()["ignoring"])
        supervisor.stop(["ignoring"])
        assert all_gone([process])
    finally:
        supervisor.close()
