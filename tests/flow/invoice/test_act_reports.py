"""The waiting for an act in Didox: a report makes the invoice look, and it looks by itself if nobody reports."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, ScheduleOverlapPolicy, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from models.invoice.acts.looks import Look
from models.invoice.acts.sweep import ActSweepReport
from models.invoice.commands import Deliver, Discard, Hold, Release, ResolveEffect, Void
from models.invoice.effects import EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.fixtures.act_sweeps import DOCUMENT_ID, SINCE, FakeSweep, addressed, change, seen
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.client import act_sweeps
from workflows.invoice.act_sweep import ActSweepStart, ActSweepWorkflow
from workflows.runtime import ids

SIGNATURE, ANSWER, CHECK = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER, EffectName.EINVOICE_CHECK


async def waiting(driver: InvoiceDriver, activities: InMemoryActivities, name: EffectName) -> None:
    """Deliver the invoice; return when it waits for a report, in this effect."""
    activities.receipts = {SIGNATURE: [seen(SIGNATURE, 0 if name is SIGNATURE else 1)], ANSWER: [seen(ANSWER, 1)]}
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    await driver.until_events(EventType.EVENT_TYPE_TIMER_STARTED, 1 if name is SIGNATURE else 2)


async def accepted(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.receipts = {SIGNATURE: [seen(SIGNATURE, 1)], ANSWER: [seen(ANSWER, 3)]}
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    await driver.until_status(Status.ACCEPTED)


async def sweep_with(client: Client, sweep: FakeSweep) -> ActSweepReport:
    """Run one sweep, on a worker of its own."""
    queue = str(uuid4())
    async with build_worker(client, [sweep.find, sweep.mark], queue):
        return await client.execute_workflow(
            ActSweepWorkflow.run, ActSweepStart(), id=f"act-sweep.{queue}", task_queue=queue
        )


async def test_a_sweep_tells_the_invoice_that_looks_at_once(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    await waiting(driver, activities, ANSWER)
    activities.receipts[ANSWER] = [seen(ANSWER, 4, "wrong sum")]
    report = await sweep_with(temporal, FakeSweep([(await addressed(driver),)]))
    assert (report.told, report.continued, report.requests, report.since) == (1, 0, 2, SINCE)
    invoice = await driver.until_status(Status.REJECTED)
    assert invoice.rejected is not None
    assert invoice.rejected.reason == "wrong sum"
    assert invoice.act is not None
    assert (invoice.act.document_id, invoice.act.status, invoice.act.comment) == (DOCUMENT_ID, 4, "wrong sum")
    assert [request.look for request in activities.requests_for(ANSWER)] == [None, Look.REPORTED]


async def test_without_reports_it_looks_once_a_day_and_surely_once_a_week(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    await waiting(driver, activities, SIGNATURE)
    for day in range(1, 8):
        activities.receipts[SIGNATURE] = [seen(SIGNATURE, 0 if day < 7 else 1)]
        await fast_forward(temporal, driver.handle, timedelta(days=1, minutes=1))
        await driver.until_calls("einvoice.await_signature", day + 1)
    await driver.until_status(Status.SENT)
    looks = [request.look for request in activities.requests_for(SIGNATURE)]
    assert looks == [None, *[Look.DAILY] * 6, Look.WEEKLY]


async def test_a_report_during_a_look_makes_another_one(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    paused = activities.pause("einvoice.await_signature")
    activities.receipts = {SIGNATURE: [seen(SIGNATURE, 0), seen(SIGNATURE, 1)], ANSWER: [seen(ANSWER, 1)]}
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    await driver.until_calls("einvoice.await_signature")
    await driver.handle.signal("act_changed", change())
    await driver.until_events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)
    paused.set()
    await driver.until_status(Status.SENT)


async def test_a_hold_ends_the_wait_and_a_release_begins_it_anew(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await waiting(driver, activities, SIGNATURE)
    await driver.send(Hold(by="boss", reason="client called"))
    await driver.handle.signal("act_changed", change())
    activities.receipts[SIGNATURE] = [seen(SIGNATURE, 1)]
    await driver.send(Release(by="boss"))
    await driver.until_status(Status.SENT)
    assert activities.calls["einvoice.await_signature"] == 2


async def test_a_void_ends_the_wait(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await waiting(driver, activities, SIGNATURE)
    await driver.send(Void(by="boss", reason="wrong client"))
    await driver.handle.result()
    invoice = activities.saved[next(iter(activities.saved))]
    assert invoice.act is None  # the draft was deleted in Didox
    assert activities.calls["einvoice.await_signature"] == 1


async def test_a_status_that_ends_no_wait_is_kept(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await waiting(driver, activities, ANSWER)
    activities.receipts[ANSWER] = [seen(ANSWER, 60), seen(ANSWER, 60)]
    for report in ("r1", "r2"):
        await driver.handle.signal("act_changed", change(report))
        await driver.until(lambda invoice: invoice.act is not None and invoice.act.status == 60)
    await driver.until_calls("einvoice.await_answer", 3)
    assert "status 60" in await driver.details()
    assert [event.action for event in (await driver.state()).journal].count("einvoice_seen") <= 1


async def test_an_annulment_after_the_answer_blocks_the_invoice(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    await accepted(driver, activities)
    activities.receipts[CHECK] = [seen(CHECK, 50, "wrong TIN")]
    one = await addressed(driver, "status 50")
    await sweep_with(temporal, FakeSweep([(one,), (one,)]))
    invoice = await driver.until(lambda state: bool(state.blocked))
    [blocked] = invoice.blocked
    assert (blocked.name, blocked.state, invoice.status) == (CHECK, EffectState.FAILED, Status.ACCEPTED)
    assert "was annulled by the tax office in Didox (status 50: wrong TIN)" in (blocked.error or "")
    assert invoice.act is not None
    assert invoice.act.status == 50
    details = await driver.details()
    assert "**BLOCKED**" in details
    assert "annulled by the tax office: wrong TIN" in details
    assert activities.calls["einvoice.look"] == 1
    await driver.send(ResolveEffect(by="boss", effect_id=blocked.key, outcome="done", note="new act"))
    assert not (await driver.state()).blocked


async def test_an_annulment_reaches_an_invoice_whose_workflow_has_ended(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    await accepted(driver, activities)
    one = await addressed(driver, "status 50")
    await driver.pay()
    await driver.handle.result()
    activities.receipts[CHECK] = [seen(CHECK, 50)]
    queue, sweep = str(uuid4()), FakeSweep([(one,)])
    async with build_worker(temporal, [*activities.all(), sweep.find, sweep.mark], queue):
        assert await sweep_once(temporal, queue) == (1, 1)
        invoice = await driver.until(lambda state: bool(state.blocked))
        assert (invoice.status, invoice.act and invoice.act.status) == (Status.CLOSED, 50)

        async def saved() -> Invoice:
            return activities.saved[invoice.id]

        await eventually(saved, lambda state: bool(state.blocked))
        assert await sweep_once(temporal, queue) == (1, 0)  # it runs by now
        await driver.send(ResolveEffect(by="boss", effect_id=invoice.blocked[0].key, outcome="done", note="new act"))
        await driver.handle.result()


async def sweep_once(client: Client, queue: str) -> tuple[int, int]:
    """Run a sweep on a worker that has the activities of invoices too; return how many it told and continued."""
    report = await client.execute_workflow(
        ActSweepWorkflow.run, ActSweepStart(), id=f"act-sweep.{uuid4()}", task_queue=queue
    )
    return report.told, report.continued


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "document_id: Field required"),
        ("gone", "Input should be a valid dictionary"),
        ({"document_id": "d" * 65, "report": "r"}, "at most 64 characters"),
        ({"document_id": "other", "report": "r"}, "other is no act of this invoice"),
    ],
)
async def test_a_report_that_does_not_fit_is_noted(driver: InvoiceDriver, given: object, words: str) -> None:
    await driver.handle.signal("act_changed", given)
    assert words in await driver.until_details("Ignored `act_changed`")


async def test_reports_of_one_act_are_looked_at_once_each_and_not_without_end(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await accepted(driver, activities)
    activities.receipts[CHECK] = [seen(CHECK, 3) for _ in range(40)]
    for report in range(31):
        for _ in range(2):
            await driver.handle.signal("act_changed", change(f"status {report}"))
        await driver.until(lambda state: not state.open_effects)
    assert "More than 30 changes" in await driver.until_details("More than 30 changes")
    assert activities.calls["einvoice.look"] <= 30


async def test_a_sweep_that_fails_is_not_recorded(driver: InvoiceDriver, temporal: Client) -> None:
    refused = FakeSweep(failures=[refusal("Didox refused our login: wrong password"), AssertionError("again")])
    with pytest.raises(WorkflowFailureError):
        await sweep_with(temporal, refused)
    assert (len(refused.failures), refused.marked) == (1, [])
    lost = FakeSweep(failures=[ApplicationError("lost", type="Transient")])
    assert (await sweep_with(temporal, lost)).requests == 2
    assert len(lost.marked) == 1


async def test_a_long_sweep_continues_as_new(driver: InvoiceDriver, temporal: Client) -> None:
    sweep = FakeSweep([() for _ in range(25)])
    report = await sweep_with(temporal, sweep)
    assert [request.page for request in sweep.requests] == [*range(1, 26), 1]
    assert (report.requests, len(sweep.marked)) == (26, 1)
    assert {request.since for request in sweep.requests[1:]} == {SINCE}


async def test_a_discarded_invoice_does_not_stop_the_sweep(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    one = await addressed(driver)
    await driver.send(Discard(by="amina"))
    await driver.handle.result()
    queue, sweep = str(uuid4()), FakeSweep([(one,)])
    async with build_worker(temporal, [*activities.all(), sweep.find, sweep.mark], queue):
        assert await sweep_once(temporal, queue) == (1, 1)
        await driver.handle.result()


async def test_the_hourly_schedule_and_a_sweep_now(own_temporal: Client) -> None:
    assert await act_sweeps.apply(own_temporal) is True
    handle = own_temporal.get_schedule_handle(ids.ACT_SWEEP_SCHEDULE)
    await handle.pause(note="Didox moves")
    assert await act_sweeps.apply(own_temporal) is False
    schedule = (await handle.describe()).schedule
    assert [each.every for each in schedule.spec.intervals] == [timedelta(hours=1)]
    assert (schedule.state.paused, schedule.policy.overlap) == (True, ScheduleOverlapPolicy.SKIP)
    described = await act_sweeps.describe(own_temporal)
    assert described is not None
    assert (described.needs_attention, described.note) == (True, "Didox moves")
    sweep = FakeSweep()
    async with build_worker(own_temporal, [sweep.find, sweep.mark], ids.TASK_QUEUE):
        sweep_id = await act_sweeps.start_now(own_temporal)
        found = await eventually(lambda: act_sweeps.look(own_temporal, sweep_id), lambda each: each.report is not None)
        assert (found.report and found.report.requests, found.problem) == (2, None)
        await handle.trigger()

        async def finished() -> list[WorkflowExecutionStatus | None]:
            return [run.status async for run in own_temporal.list_workflows("WorkflowType = 'ActSweep'")]

        await eventually(finished, lambda found: found == [WorkflowExecutionStatus.COMPLETED] * 2)
    assert await act_sweeps.remove(own_temporal) is True
    assert await act_sweeps.remove(own_temporal) is False
    assert await act_sweeps.describe(own_temporal) is None
