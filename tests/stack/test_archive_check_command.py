"""`aktum archive check`: the findings, the exit code, and what it says if nothing can be compared."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from typer.testing import CliRunner, Result

import cli
from models.archive.sweep import FindingKind, SweepPage
from models.values.failure_codes import Failure
from tests.fixtures.invoice_driver import eventually
from tests.fixtures.sweeps import InMemorySweep, page
from worker import build_worker
from workflows.client.workers import ACTIVITIES, WORKFLOWS, without_worker
from workflows.runtime import ids

pytestmark = pytest.mark.usefixtures("no_stack")


@pytest.fixture
def sweep() -> InMemorySweep:
    return InMemorySweep()


@pytest.fixture
def connected(own_temporal: Client, no_stack: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", own_temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", own_temporal.namespace)
    return own_temporal


@pytest.fixture
async def worker(connected: Client, sweep: InMemorySweep) -> AsyncIterator[None]:
    async with build_worker(connected, sweep.all(), ids.TASK_QUEUE):
        await eventually(lambda: without_worker(connected, WORKFLOWS, ACTIVITIES), lambda lacking: not lacking)
        yield


async def aktum(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.app, words)


@pytest.mark.usefixtures("worker")
class TestCheck:
    async def test_nothing_is_found(self, sweep: InMemorySweep) -> None:
        done = await aktum("archive", "check")
        assert done.exit_code == 0, done.output
        assert "Found: 0 missing, 0 extra, 0 different." in done.output
        assert [request.read_every for request in sweep.requests] == [30, 30, 30]

    async def test_something_is_found(self, sweep: InMemorySweep) -> None:
        sweep.objects = [page(None, FindingKind.EXTRA)]
        done = await aktum("archive", "check", "--read-all")
        assert done.exit_code == 3, done.output
        assert "None/0" in done.output
        assert "Found: 0 missing, 1 extra, 0 different." in done.output
        assert "`aktum archive refill`" in done.output
        assert {request.read_every for request in sweep.requests} == {1}

    async def test_an_outage_is_shown_while_it_waits(self, sweep: InMemorySweep) -> None:
        sweep.faults = [ConnectionError("no connection to the archive") for _ in range(3)]
        done = await aktum("archive", "check")
        assert done.exit_code == 0, done.output
        assert "Waiting: no connection to the archive" in done.output

    async def test_a_refusal(self, sweep: InMemorySweep) -> None:
        sweep.faults = [ApplicationError("AccessDenied", type=Failure.VENDOR_REFUSED, non_retryable=True)]
        done = await aktum("archive", "check")
        assert done.exit_code == 1
        assert "could not be checked: AccessDenied" in done.output

    async def test_no_archive(self, sweep: InMemorySweep) -> None:
        sweep.invoices = [SweepPage(last=None, compared=0, note="No archive is configured.")]
        done = await aktum("archive", "check")
        assert done.exit_code == 1
        assert "could not be checked: No archive is configured." in done.output


@pytest.mark.usefixtures("connected")
async def test_no_worker() -> None:
    done = await aktum("archive", "check")
    assert done.exit_code == 1
    assert "No worker polls" in done.output


@pytest.mark.usefixtures("worker")
async def test_both_schedules_are_applied_described_and_paused() -> None:
    applied = await aktum("schedule", "apply")
    assert applied.exit_code == 0, applied.output
    assert "The monthly schedule was created." in applied.output
    assert "The nightly archive sweep was created." in applied.output
    described = await aktum("schedule", "describe")
    assert described.exit_code == 0, described.output
    assert "The nightly archive sweep runs." in described.output
    assert "The event feed runs." in described.output
    assert (await aktum("schedule", "pause", "--sweep", "--note", "the bucket is moved")).exit_code == 0
    paused = await aktum("schedule", "describe")
    assert paused.exit_code == 3
    assert "The monthly schedule runs." in paused.output
    assert "The nightly archive sweep is paused. Note: the bucket is moved" in paused.output
    assert (await aktum("schedule", "unpause", "--sweep")).exit_code == 0
    assert (await aktum("schedule", "describe")).exit_code == 0


def test_the_help_has_examples() -> None:
    shown = CliRunner().invoke(cli.app, ["archive", "check", "--help"])
    assert shown.exit_code == 0
    assert "aktum archive check --read-all" in shown.output
