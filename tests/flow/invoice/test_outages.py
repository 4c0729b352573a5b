"""An outage delays its own effects only; people retry, resolve and hold effects; workers restart."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client

from models.invoice import ports
from models.invoice.commands import Edit, Hold, Release, ResolveEffect, RetryEffect
from models.invoice.effects import EffectName, EffectState
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, is_waiting
from worker import build_worker
from workflows.client.errors import OutcomeUnknown

E, S = EffectName, Status


async def test_a_blocked_effect_does_not_delay_other_channels(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages["accounting.post"] = refusal("no such contractor")
    await driver.finalize()
    await driver.approve()
    await driver.until(lambda invoice: bool(invoice.blocked))
    invoice = await driver.send_by_email()
    await driver.until_completed(E.ARCHIVE, E.NOTICE, E.EMAIL)
    posting = invoice.latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert (posting.state, posting.error) == (EffectState.FAILED, "no such contractor")
    shown = await driver.details()
    assert "**BLOCKED**" in shown
    assert "no such contractor" in shown
    assert activities.calls["accounting.post"] == 1  # a refusal is not retried
    await driver.pay()
    paid = await driver.state()
    assert paid.status is S.PAID  # not closed, because the posting is not complete
    del activities.outages["accounting.post"]
    await driver.send(RetryEffect(by="boss", effect_id=posting.key))
    assert (await driver.handle.result()).status is S.CLOSED
    assert activities.completed[posting.key] == 1


async def test_a_person_resolves_an_unknown_outcome(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.fail("accounting.post", refusal("it may be there", Failure.OUTCOME_UNKNOWN))
    await driver.finalize()
    await driver.approve()
    blocked = await driver.until(lambda invoice: bool(invoice.blocked))
    posting = blocked.blocked[0]
    assert posting.state is EffectState.UNKNOWN
    resolution = ResolveEffect(by="boss", effect_id=posting.key, outcome="done", vendor_id="s-9", note="it is there")
    await driver.send(resolution)
    resolved = await driver.effect(E.ACCOUNTING)
    assert (resolved.state, resolved.vendor_id) == (EffectState.DONE, "s-9")
    assert activities.calls["accounting.post"] == 1
    await driver.send_by_email()
    await driver.pay()
    assert (await driver.handle.result()).status is S.CLOSED


async def test_an_outage_delays_only_the_effects_of_its_channel(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages["archive.store"] = ConnectionError("no R2")
    await driver.finalize()
    await driver.approve()
    await driver.until_completed(E.ACCOUNTING, E.NOTICE)
    await driver.send_by_email()
    await driver.pay()
    waiting = await driver.state()
    assert (waiting.status, is_waiting(waiting, E.ARCHIVE)) == (S.PAID, True)
    assert "### Under way" in await driver.details()
    del activities.outages["archive.store"]
    assert (await driver.handle.result()).status is S.CLOSED


async def test_a_hold_stops_a_retrying_effect_and_a_release_resumes_it(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages["archive.store"] = ConnectionError("no R2")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("archive.store", 2)
    await driver.send(Hold(by="boss", reason="client called"))
    assert "**On hold** by boss: client called" in await driver.details()
    tried = activities.calls["archive.store"]
    del activities.outages["archive.store"]
    held = await driver.state()
    assert is_waiting(held, E.ARCHIVE)
    pending = (await driver.handle.describe()).raw_description.pending_activities
    assert [activity.activity_type.name for activity in pending if activity.activity_type.name == "archive.store"] == []
    await driver.send(Release(by="boss"))
    await driver.until_completed(E.ARCHIVE)
    assert activities.calls["archive.store"] == tried + 1


async def test_an_attempt_that_runs_at_a_hold_counts_when_it_completes(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    event = activities.pause("archive.store")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("archive.store")
    await driver.send(Hold(by="boss", reason="client called"))
    event.set()
    await driver.until_completed(E.ARCHIVE)
    await driver.send(Release(by="boss"))
    await driver.send_by_email()
    assert activities.calls["archive.store"] == 1


async def test_an_outage_of_postgresql_delays_the_result_of_a_command(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail(ports.PROJECT.name, ConnectionError("no PostgreSQL"), ConnectionError("no PostgreSQL"))
    answer = await driver.send(Edit(by="amina", expected_revision=1, payment_days=30))
    row = activities.saved[(await driver.state()).id]
    assert (row.revision, row.content.payment_days) == (answer.revision, 30)


async def test_a_revision_that_postgresql_refuses_is_noted_and_the_next_one_is_saved(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail(ports.PROJECT.name, refusal("revision 2 is on record already", "RevisionConflict"))
    with pytest.raises(OutcomeUnknown):
        await driver.send(Edit(by="amina", expected_revision=1, payment_days=30), timeout=timedelta(seconds=1))
    assert "PostgreSQL refuses revision 2: revision 2 is on record already" in await driver.details()
    await driver.send(Hold(by="boss", reason="look at this"))
    row = activities.saved[(await driver.state()).id]
    assert (row.revision, [event.action for event in row.journal]) == (3, ["edit", "hold"])


async def test_an_update_completes_on_another_worker(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
        activities.outages[ports.PROJECT.name] = ConnectionError("no PostgreSQL")
        update = asyncio.create_task(driver.send(Edit(by="amina", expected_revision=1, payment_days=30)))
        await driver.until_calls(ports.PROJECT.name, 2)
    assert not update.done()
    del activities.outages[ports.PROJECT.name]
    async with build_worker(temporal, activities.all(), queue):
        assert (await update).revision == 2


async def test_a_new_worker_continues_unfinished_effects(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.outages["archive.store"] = ConnectionError("no R2")
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
        await driver.finalize()
        await driver.approve()
        await driver.until_calls("archive.store", 2)
        await driver.until_completed(E.ACCOUNTING, E.NOTICE)
    successor = InMemoryActivities(saved=activities.saved, numbers=activities.numbers)
    async with build_worker(temporal, successor.all(), queue):
        driver.activities = successor
        await driver.until_completed(E.ARCHIVE)
        await driver.send_by_email()
        await driver.pay()
        assert (await driver.handle.result()).status is S.CLOSED
    assert (len(activities.requests_for(E.ACCOUNTING)), len(successor.requests_for(E.ACCOUNTING))) == (1, 0)
    assert (len(activities.requests_for(E.ARCHIVE)), len(successor.requests_for(E.ARCHIVE))) == (0, 1)
