"""An invoice whose history PostgreSQL refuses stops, says so, sends nothing, and is continued by a restore."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from models.invoice import ports
from models.invoice.commands import Deliver, Edit, Finalize, Hold
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import restore_command
from models.invoice.invoice import Invoice
from models.invoice.recorded import Recorded
from models.invoice.status import Status
from models.values.document_options import Channel
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.client import restore
from workflows.client.errors import CommandRefused, WorkflowEnded
from workflows.client.restore import NotRestored, Standing
from workflows.runtime import ids

E, S = EffectName, Status
OTHER = refusal("Event 2 is stored with different content.", Failure.AUDIT_BROKEN)
EDIT = Edit(by="amina", expected_revision=1, payment_days=30)


async def blocked_attribute(driver: InvoiceDriver) -> str:
    return str((await driver.handle.describe()).search_attributes["InvoiceBlocked"][0])


async def until_stopped(driver: InvoiceDriver) -> None:
    await driver.until_details("**STOPPED**")
    shown = await driver.details()
    assert restore_command((await driver.state()).id) in shown
    assert "Event 2 is stored with different content." in shown

    async def attribute() -> str:
        return await blocked_attribute(driver)

    await eventually(attribute, lambda value: value == "stopped")


async def stopped(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    """Let PostgreSQL refuse the next revision."""
    activities.fail(ports.PROJECT.name, OTHER)
    with pytest.raises(CommandRefused) as refused:
        await driver.send(Hold(by="boss", reason="look at this"))
    assert refused.value.code == "InvoiceStopped"
    await until_stopped(driver)


@pytest.mark.parametrize("command", [EDIT, Finalize(by="amina"), Hold(by="boss", reason="look")], ids=lambda c: c.name)
async def test_a_command_in_progress_is_answered_and_later_ones_leave_no_event(
    driver: InvoiceDriver, activities: InMemoryActivities, command: Any
) -> None:
    activities.fail(ports.PROJECT.name, OTHER)
    with pytest.raises(CommandRefused) as refused:
        await driver.send(command)
    assert refused.value.code == "InvoiceStopped"
    await until_stopped(driver)
    before = await driver.events()
    for later in (EDIT, Finalize(by="amina"), Hold(by="boss", reason="again")):
        with pytest.raises(CommandRefused) as refused:
            await driver.send(later)
        assert refused.value.code == "InvoiceStopped"
        assert restore_command((await driver.state()).id) in refused.value.message
    assert await driver.events() == before


async def test_a_command_whose_workflow_ends_meanwhile(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    """Neither the request nor its repetition is answered as if a repetition would help: no worker takes it up."""
    activities.pause(ports.PROJECT.name)
    command = Hold(by="boss", reason="look at this", idempotency_key="hold:1")
    waiting = asyncio.create_task(driver.send(command, update_id=command.request_fingerprint))
    await driver.until_events(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED, 2)
    await driver.handle.terminate("by mistake")
    activities.resume_all()
    with pytest.raises(WorkflowEnded):
        await waiting
    with pytest.raises(WorkflowEnded):
        await driver.send(command, update_id=command.request_fingerprint)


async def test_a_signal_is_noted_and_nothing_follows(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.finalize_and_approve()
    await stopped(driver, activities)
    saves = activities.calls[ports.PROJECT.name]
    await driver.handle.signal("deliver", {"by": "boss", "channel": "email"})
    noted = await driver.until(lambda invoice: any("has stopped" in note.text for note in invoice.notes))
    assert noted.latest_effect(E.EMAIL) is None
    assert activities.calls[ports.PROJECT.name] == saves


async def test_a_retrying_effect_ends(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.outages["archive.store"] = ConnectionError("no R2")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("archive.store", 2)
    await stopped(driver, activities)

    async def pending() -> list[Any]:
        return list((await driver.handle.describe()).raw_description.pending_activities)

    await eventually(pending, lambda activities: activities == [])
    del activities.outages["archive.store"]
    assert activities.requests_for(E.ARCHIVE) == []


async def test_an_effect_that_the_ledger_refuses_stops_the_invoice(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages["accounting.post"] = OTHER
    await driver.finalize()
    await driver.approve()
    await until_stopped(driver)
    posting = await driver.effect(E.ACCOUNTING)
    assert posting.state is EffectState.PENDING  # a restore executes it, or finds that it was executed


async def test_no_reminder_and_no_overdue_flag(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    await stopped(driver, activities)
    await fast_forward(driver.client, driver.handle, timedelta(days=70))
    assert activities.calls["mail.remind"] == 0
    assert not (await driver.state()).overdue


async def test_another_refusal_does_not_stop_it(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.fail(ports.PROJECT.name, refusal("another invoice exists", Failure.ALREADY_INVOICED))
    sending = asyncio.create_task(driver.send(EDIT))
    await driver.until_details("PostgreSQL refuses revision 2")
    await driver.send(Hold(by="boss", reason="look at this"))
    await sending
    assert (await driver.handle.query("position"))["stopped"] is None


# Restore


@pytest.fixture
async def restorable(own_temporal: Client, activities: InMemoryActivities) -> AsyncIterator[InvoiceDriver]:
    """The driver of a new draft on the task queue on which a restored workflow runs."""
    async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
        yield await InvoiceDriver.open(own_temporal, activities, ids.TASK_QUEUE)
        activities.resume_all()


def recorded_state(driver: InvoiceDriver) -> Invoice:
    """Return the state as PostgreSQL would hold it."""
    [saved] = [each for each in driver.activities.saved.values() if each.workflow_id == driver.handle.id]
    return saved.model_copy(update={"journal": ()})


def recorded_of(invoice: Invoice) -> Recorded:
    name = invoice.display_number or invoice.workflow_id
    return Recorded(
        id=invoice.id,
        workflow_id=invoice.workflow_id,
        name=name,
        status=invoice.status,
        revision=invoice.revision,
        chain=invoice.chain,
    )


async def restored(driver: InvoiceDriver) -> Invoice:
    """Replace the workflow by the recorded state, as `aktum invoice restore` does."""
    invoice = recorded_state(driver)
    finding = await restore.look(driver.client, recorded_of(invoice))
    assert finding.standing in restore.RESTORABLE
    await restore.terminate(driver.client, finding)
    await restore.start(driver.client, invoice)
    return await driver.until(lambda state: state.revision == invoice.revision)


async def standing(driver: InvoiceDriver) -> Standing:
    return (await restore.look(driver.client, recorded_of(recorded_state(driver)))).standing


async def lose(driver: InvoiceDriver, how: str) -> None:
    match how:
        case "stopped":
            await stopped(driver, driver.activities)
        case "terminated":
            await driver.handle.terminate("by mistake")
        case "behind":
            # PostgreSQL has recorded one more revision than the workflow of the older backup knows.
            invoice = recorded_state(driver)
            newer = invoice.model_copy(update={"revision": invoice.revision + 1, "chain": "f" * 64})
            driver.activities.saved[invoice.id] = newer
        case "other history":
            invoice = recorded_state(driver)
            driver.activities.saved[invoice.id] = invoice.model_copy(update={"chain": "f" * 64})


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("stopped", Standing.STOPPED),
        ("terminated", Standing.GONE),
        ("behind", Standing.BEHIND),
        ("other history", Standing.OTHER_HISTORY),
    ],
)
async def test_a_restored_invoice_goes_on_from_the_record_and_repeats_no_effect(
    restorable: InvoiceDriver, activities: InMemoryActivities, how: str, found: Standing
) -> None:
    driver = restorable
    await driver.finalize_and_approve()
    await eventually(lambda: standing(driver), lambda found: found is Standing.CONTINUES)
    await lose(driver, how)
    assert await standing(driver) is found
    record = recorded_state(driver)
    continued = await restored(driver)
    assert (continued.revision, continued.chain, continued.status) == (record.revision, record.chain, S.APPROVED)
    assert await standing(driver) is Standing.CONTINUES
    answer = await driver.send(Deliver(by="boss", channel=Channel.EMAIL))
    assert answer.revision > record.revision
    sent = await driver.until_status(S.SENT)
    mailed = sent.latest_effect(E.EMAIL)
    assert mailed is not None
    assert mailed.key == f"{sent.id}:{record.revision + 1}:email"
    await driver.pay()
    result = await driver.client.get_workflow_handle(driver.handle.id).result()
    assert result["status"] == "closed"
    assert activities.repeated_effects() == []


async def test_an_open_effect_is_requested_again_under_the_same_key(
    restorable: InvoiceDriver, activities: InMemoryActivities
) -> None:
    driver = restorable
    activities.outages["archive.store"] = ConnectionError("no R2")
    await driver.finalize()
    await driver.approve()
    await driver.until_completed(E.ACCOUNTING, E.NOTICE)
    await eventually(
        lambda: asyncio.sleep(0, recorded_state(driver)), lambda saved: saved.completed_effect(E.NOTICE) is not None
    )
    key = (await driver.effect(E.ARCHIVE)).key
    await driver.handle.terminate("by mistake")
    await restored(driver)
    del activities.outages["archive.store"]
    await driver.until_completed(E.ARCHIVE)
    assert [request.key for request in activities.requests_for(E.ARCHIVE)] == [key]
    assert activities.repeated_effects() == []


async def test_a_second_restore_at_the_same_time_is_refused(
    restorable: InvoiceDriver, activities: InMemoryActivities
) -> None:
    driver = restorable
    await driver.handle.terminate("by mistake")
    await restore.start(driver.client, recorded_state(driver))
    with pytest.raises(NotRestored):
        await restore.start(driver.client, recorded_state(driver))


async def test_a_workflow_that_is_stuck_or_unknown(restorable: InvoiceDriver) -> None:
    unknown = recorded_of(recorded_state(restorable)).model_copy(update={"workflow_id": "service-invoice.none.2026-02"})
    assert (await restore.look(restorable.client, unknown)).standing is Standing.GONE
