"""Fixtures for tests that start their own stacks in temporary state directories."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

import settings
from local.stack.port_allocation import HOST, free_port
from local.stack.stack import Stack
from operations import connections
from operations.api import client as api_client
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.signer_process import SignerPorts, running_signer
from tests.fixtures.signing_api import TIN, Aktum

StartStack = Callable[..., Stack]
POLL_SECONDS = 0.05


def clean_environment() -> dict[str, str]:
    """Return the environment without variables that make a component external or choose the state directory."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AKTUM_", "DATABASE_URL"))}


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"the condition does not hold after {seconds} s"
        time.sleep(POLL_SECONDS)


@pytest.fixture
def start_stack(tmp_path: Path) -> Iterator[StartStack]:
    stacks: list[Stack] = []

    def start(*components: str, **more: str) -> Stack:
        stack = Stack(tmp_path / "state", set(components), {**clean_environment(), **more})
        stacks.append(stack)
        stack.start()
        return stack

    yield start
    for stack in stacks:
        stack.stop()


@pytest.fixture
def no_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Use a state directory without a stack, and no settings."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AKTUM_HOME", str(tmp_path))
    monkeypatch.setattr(connections.console, "width", 300)
    monkeypatch.setattr(connections, "load", settings.load.__wrapped__)


@pytest.fixture
def api(no_stack: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aktum]:
    stand_in = Aktum()
    port = free_port(set())
    server = uvicorn.Server(uvicorn.Config(stand_in.app, host=HOST, port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    monkeypatch.setenv("AKTUM_URL", f"http://{HOST}:{port}")
    monkeypatch.setenv("AKTUM_TOKEN", "key-of-lena")
    monkeypatch.setattr(api_client, "PAUSE_SECONDS", 0.01)
    yield stand_in
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def signer_ports() -> Iterator[SignerPorts]:
    with running_signer(TIN) as ports:
        yield ports


@pytest.fixture
def signer(signer_ports: SignerPorts, no_stack: None, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("AKTUM_EIMZO", signer_ports.addresses)
    sandbox = Sandbox(signer_ports.page_url)
    sandbox.reset()
    return sandbox
