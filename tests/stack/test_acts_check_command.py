"""`aktum acts check`: the sweep of acts now, and what it says if nothing can be searched."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from typer.testing import CliRunner, Result

import cli
from models.invoice.acts.sweep import FIND_CHANGED_ACTS, ActPage, ActPageRequest
from models.values.failure_codes import Failure
from tests.fixtures.act_sweeps import FakeSweep
from tests.fixtures.invoice_driver import eventually
from worker import build_worker
from workflows.client import act_sweeps
from workflows.client.workers import ACTIVITIES, WORKFLOWS, without_worker
from workflows.runtime import ids

pytestmark = pytest.mark.usefixtures("no_stack")


@pytest.fixture
def connected(own_temporal: Client, no_stack: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", own_temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", own_temporal.namespace)
    return own_temporal


@pytest.fixture
def sweep() -> FakeSweep:
    return FakeSweep()


@pytest.fixture
async def worker(connected: Client, sweep: FakeSweep) -> AsyncIterator[None]:
    async with build_worker(connected, [sweep.find, sweep.mark], ids.TASK_QUEUE):
        await eventually(lambda: without_worker(connected, WORKFLOWS, ACTIVITIES), lambda lacking: not lacking)
        yield


async def aktum(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, cli.app, words)


@pytest.mark.usefixtures("worker")
async def test_a_sweep_says_what_it_found(sweep: FakeSweep) -> None:
    done = await aktum("acts", "check")
    assert done.exit_code == 0, done.output
    assert "0 invoices were told of a change" in " ".join(done.output.split())
    assert [request.type for request in sweep.requests] == ["005", "000"]


@pytest.mark.usefixtures("worker")
async def test_an_outage_is_shown_while_it_waits(sweep: FakeSweep) -> None:
    sweep.failures = [ConnectionError("no connection to Didox") for _ in range(3)]
    done = await aktum("acts", "check")
    assert done.exit_code == 0, done.output
    assert "Waiting: no connection to Didox" in done.output


@pytest.mark.usefixtures("worker")
async def test_a_refusal(sweep: FakeSweep) -> None:
    sweep.failures = [ApplicationError("wrong password", type=Failure.VENDOR_REFUSED, non_retryable=True)]
    done = await aktum("acts", "check")
    assert done.exit_code == 1
    assert "could not be checked: wrong password" in done.output


async def test_no_didox(connected: Client) -> None:
    @activity.defn(name=FIND_CHANGED_ACTS.name)
    async def find(_: ActPageRequest) -> ActPage:
        return ActPage(since=date(2026, 3, 1), note="Didox is not configured.")

    async with build_worker(connected, [find], ids.TASK_QUEUE):
        await eventually(lambda: without_worker(connected, WORKFLOWS, ACTIVITIES), lambda lacking: not lacking)
        done = await aktum("acts", "check")
    assert done.exit_code == 1
    assert "could not be checked: Didox is not configured." in done.output


@pytest.mark.usefixtures("connected")
async def test_no_worker() -> None:
    done = await aktum("acts", "check")
    assert done.exit_code == 1
    assert "No worker polls" in done.output


@pytest.mark.usefixtures("worker")
async def test_a_paused_sweep_is_described(connected: Client) -> None:
    assert (await aktum("schedule", "apply")).exit_code == 0
    await act_sweeps.apply(connected)
    described = await aktum("schedule", "describe")
    assert described.exit_code == 0, described.output
    assert "The hourly sweep of acts runs." in described.output
    await connected.get_schedule_handle(ids.ACT_SWEEP_SCHEDULE).pause(note="Didox moves")
    paused = await aktum("schedule", "describe")
    assert paused.exit_code == 3
    assert "The hourly sweep of acts is paused. Note: Didox moves" in paused.output
