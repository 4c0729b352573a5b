"""An outage delays its own effects and nothing else; people can retry, resolve, hold; workers come and go."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client

from models.invoice import ports
from models.invoice.commands import Edit, Hold, Release, ResolveEffect, RetryEffect
from models.invoice.effects import EffectName, EffectState
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures.activities import Outside, refusal
from tests.fixtures.invoice_driver import Desk, is_waiting
from worker import build_worker
from workflows.client.errors import OutcomeUnknown

E, S = EffectName, Status


async def test_a_blocked_integration_blocks_nothing_else(desk: Desk, outside: Outside) -> None:
    outside.down["accounting.post"] = refusal("no such contractor")
    await desk.finalize()
    await desk.approve()
    await desk.until(lambda invoice: bool(invoice.blocked))
    invoice = await desk.email()
    await desk.until_done(E.ARCHIVE, E.NOTICE, E.EMAIL)
    posting = invoice.latest_effect(E.ACCOUNTING)
    assert posting is not None
    assert (posting.state, posting.error) == (EffectState.FAILED, "no such contractor")
    shown = await desk.details()
    assert "**BLOCKED**" in shown
    assert "no such contractor" in shown
    assert outside.calls["accounting.post"] == 1  # nobody repeats a refusal
    await desk.pay()
    paid = await desk.state()
    assert paid.status is S.PAID  # but not closed: the posting is still owed
    del outside.down["accounting.post"]
    await desk.send(RetryEffect(by="boss", effect_id=posting.key))
    assert (await desk.handle.result()).status is S.CLOSED
    assert outside.done[posting.key] == 1


async def test_a_person_resolves_what_only_a_person_can_know(desk: Desk, outside: Outside) -> None:
    outside.fail("accounting.post", refusal("it may be there", Failure.OUTCOME_UNKNOWN))
    await desk.finalize()
    await desk.approve()
    blocked = await desk.until(lambda invoice: bool(invoice.blocked))
    posting = blocked.blocked[0]
    assert posting.state is EffectState.UNKNOWN
    found = ResolveEffect(by="boss", effect_id=posting.key, outcome="done", vendor_id="s-9", note="found in PlanFact")
    await desk.send(found)
    settled = await desk.effect(E.ACCOUNTING)
    assert (settled.state, settled.vendor_id) == (EffectState.DONE, "s-9")
    assert outside.calls["accounting.post"] == 1
    await desk.email()
    await desk.pay()
    assert (await desk.handle.result()).status is S.CLOSED


async def test_an_outage_of_one_channel_delays_only_what_follows_in_it(desk: Desk, outside: Outside) -> None:
    outside.down["archive.store"] = ConnectionError("no R2")
    await desk.finalize()
    await desk.approve()
    await desk.until_done(E.ACCOUNTING, E.NOTICE)
    await desk.email()
    await desk.pay()
    waiting = await desk.state()
    assert (waiting.status, is_waiting(waiting, E.ARCHIVE)) == (S.PAID, True)
    assert "### Under way" in await desk.details()
    del outside.down["archive.store"]
    assert (await desk.handle.result()).status is S.CLOSED


async def test_a_hold_stops_a_retrying_effect_and_a_release_resumes_it(desk: Desk, outside: Outside) -> None:
    outside.down["archive.store"] = ConnectionError("no R2")
    await desk.finalize()
    await desk.approve()
    await desk.until_called("archive.store", 2)
    await desk.send(Hold(by="boss", reason="client called"))
    assert "**On hold** by boss: client called" in await desk.details()
    tried = outside.calls["archive.store"]
    del outside.down["archive.store"]
    held = await desk.state()
    assert is_waiting(held, E.ARCHIVE)
    pending = (await desk.handle.describe()).raw_description.pending_activities
    assert [activity.activity_type.name for activity in pending if activity.activity_type.name == "archive.store"] == []
    await desk.send(Release(by="boss"))
    await desk.until_done(E.ARCHIVE)
    assert outside.calls["archive.store"] == tried + 1


async def test_what_was_under_way_at_a_hold_counts_when_it_comes_through(desk: Desk, outside: Outside) -> None:
    go_on = outside.hold_up("archive.store")
    await desk.finalize()
    await desk.approve()
    await desk.until_called("archive.store")
    await desk.send(Hold(by="boss", reason="client called"))
    go_on.set()
    await desk.until_done(E.ARCHIVE)
    await desk.send(Release(by="boss"))
    await desk.email()
    assert outside.calls["archive.store"] == 1


async def test_a_read_model_that_is_down_delays_the_answer_and_loses_nothing(desk: Desk, outside: Outside) -> None:
    outside.fail(ports.PROJECT.name, ConnectionError("no PostgreSQL"), ConnectionError("no PostgreSQL"))
    answer = await desk.send(Edit(by="amina", expected_revision=1, payment_days=30))
    row = outside.rows[(await desk.state()).id]
    assert (row.revision, row.content.payment_days) == (answer.revision, 30)


async def test_a_read_model_that_refuses_for_good_is_said_and_mended_by_the_next_change(
    desk: Desk, outside: Outside
) -> None:
    outside.fail(ports.PROJECT.name, refusal("revision 2 is on record already", "RevisionConflict"))
    with pytest.raises(OutcomeUnknown):
        await desk.send(Edit(by="amina", expected_revision=1, payment_days=30), timeout=timedelta(seconds=1))
    assert "PostgreSQL refuses revision 2: revision 2 is on record already" in await desk.details()
    await desk.send(Hold(by="boss", reason="look at this"))
    row = outside.rows[(await desk.state()).id]
    assert (row.revision, [event.action for event in row.journal]) == (3, ["edit", "hold"])


async def test_an_answer_outlives_the_worker_that_owed_it(temporal: Client, outside: Outside, queue: str) -> None:
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue)
        outside.down[ports.PROJECT.name] = ConnectionError("no PostgreSQL")
        asked = asyncio.create_task(desk.send(Edit(by="amina", expected_revision=1, payment_days=30)))
        await desk.until_called(ports.PROJECT.name, 2)
    assert not asked.done()
    del outside.down[ports.PROJECT.name]
    async with build_worker(temporal, outside.activities(), queue):
        assert (await asked).revision == 2


async def test_a_new_worker_finishes_what_another_left_in_the_middle(
    temporal: Client, outside: Outside, queue: str
) -> None:
    outside.down["archive.store"] = ConnectionError("no R2")
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue)
        await desk.finalize()
        await desk.approve()
        await desk.until_called("archive.store", 2)
        await desk.until_done(E.ACCOUNTING, E.NOTICE)
    successor = Outside(rows=outside.rows, numbers=outside.numbers)
    async with build_worker(temporal, successor.activities(), queue):
        desk.outside = successor
        await desk.until_done(E.ARCHIVE)
        await desk.email()
        await desk.pay()
        assert (await desk.handle.result()).status is S.CLOSED
    assert (len(outside.happened(E.ACCOUNTING)), len(successor.happened(E.ACCOUNTING))) == (1, 0)
    assert (len(outside.happened(E.ARCHIVE)), len(successor.happened(E.ARCHIVE))) == (0, 1)
