"""`aktum` ends when Temporal or the worker does not answer, and says what to look at."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from temporalio.client import Client
from typer.testing import CliRunner, Result

import cli
from local.engines.temporal_server import NAMESPACE
from local.stack.port_allocation import HOST
from operations.temporal import run_on_temporal
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.processes import listens, start_at_free_port
from tests.fixtures.temporal import connected, start_command
from workflows.client import schedules

pytestmark = pytest.mark.usefixtures("no_stack")

LIMIT = "1"
CHECK_ADDRESS = "Check AKTUM_TEMPORAL__ADDRESS."


@pytest.fixture
async def stoppable(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A Temporal server of one's own, which `aktum` uses with a short limit."""
    server, port = start_at_free_port(start_command, listens)
    await connected(f"{HOST}:{port}", NAMESPACE)
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", f"{HOST}:{port}")
    monkeypatch.setenv("AKTUM_API__UPDATE_TIMEOUT_SECONDS", LIMIT)
    yield server
    server.kill()
    server.wait()


async def aktum(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.app, words)


@pytest.mark.parametrize(
    "words",
    [
        ("schedule", "apply"),
        ("schedule", "describe"),
        ("schedule", "trigger"),
        ("schedule", "pause", "--note", "holidays"),
        ("schedule", "backfill", "--from", "2026-01", "--to", "2026-02"),
        ("invoices", "check"),
        ("projection", "rebuild"),
    ],
)
async def test_a_temporal_that_hangs(
    words: tuple[str, ...], stoppable: subprocess.Popen[bytes], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    stoppable.send_signal(signal.SIGSTOP)
    done = await aktum(*words)
    assert done.exit_code == 1, done.output
    assert f"did not answer within {LIMIT} s" in done.output
    assert CHECK_ADDRESS in done.output


@pytest.mark.parametrize(
    "request_it",
    [schedules.apply, schedules.describe, schedules.trigger, lambda client: schedules.pause(client, "holidays")],
)
async def test_a_temporal_that_hangs_during_the_request(
    request_it: Callable[[Client], Awaitable[object]],
    stoppable: subprocess.Popen[bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def stopped_first(client: Client) -> object:
        stoppable.send_signal(signal.SIGSTOP)
        return await request_it(client)

    with pytest.raises(Exception) as raised:  # noqa: PT011 - typer keeps the class of its exit to itself
        await asyncio.to_thread(run_on_temporal, stopped_first)
    assert getattr(raised.value, "exit_code", None) == 1
    output = capsys.readouterr().out
    assert "may still be carried out" in output
    assert CHECK_ADDRESS in output


async def test_the_schedule_without_a_worker(own_temporal: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command answers; a run that waits for a worker says so."""
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", own_temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", own_temporal.namespace)
    for words in (("apply",), ("pause", "--note", "holidays"), ("unpause",), ("trigger",)):
        done = await aktum("schedule", *words)
        assert done.exit_code == 0, done.output

    async def described() -> str:
        done = await aktum("schedule", "describe")
        assert done.exit_code == 0, done.output
        return done.output

    await eventually(described, lambda output: "No worker answers" in output)


async def test_the_check_of_invoices_without_a_worker(
    own_temporal: Client, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", own_temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", own_temporal.namespace)
    monkeypatch.setenv("DATABASE_URL", database_url)
    done = await aktum("invoices", "check")
    assert done.exit_code == 3, done.output
    assert "No worker polls" in done.output
