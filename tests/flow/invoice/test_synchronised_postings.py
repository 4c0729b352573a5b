"""`sync_planfact` waits for PlanFact's answer, posts nothing twice, and does not wait for an outage to end."""

import pytest

from models.invoice.commands import SyncPlanfact
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from workflows.client.errors import CommandRefused

E = EffectName
SYNC = SyncPlanfact(by="boss")
POST = "accounting.post"


async def test_a_completed_posting_is_checked_before_the_answer(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await driver.finalize_and_approve()
    before = await driver.effect(E.ACCOUNTING)
    activities.receipt_details[E.ACCOUNTING] = {"deal_id": "5"}
    answer = await driver.send(SYNC)
    after = await driver.effect(E.ACCOUNTING)
    assert (after.state, after.key, after.receipt) == (EffectState.DONE, before.key, {"deal_id": "5"})
    first, check = activities.requests_for(E.ACCOUNTING)
    assert (first.key, first.argument) == (check.key, {})
    assert check.argument == {"verifies": before.vendor_id}
    [saved] = [each for each in activities.saved.values() if each.content.subject_key in driver.handle.id]
    assert saved.revision >= answer.revision


@pytest.mark.parametrize("code", [Failure.VENDOR_REFUSED, Failure.OUTCOME_UNKNOWN])
async def test_a_failed_posting_is_retried_before_the_answer(
    driver: InvoiceDriver, activities: InMemoryActivities, code: str
) -> None:
    activities.fail(POST, refusal("the deal is closed", code), refusal("the deal is still closed"))
    await driver.finalize()
    await driver.approve()
    await driver.until(lambda invoice: bool(invoice.blocked))
    await driver.send(SYNC)
    again = await driver.effect(E.ACCOUNTING)
    assert (again.state, again.error) == (EffectState.FAILED, "the deal is still closed")
    await driver.send(SYNC)
    posting = await driver.effect(E.ACCOUNTING)
    assert (posting.state, posting.argument) == (EffectState.DONE, {})
    assert activities.completed[posting.key] == 1


async def test_an_outage_is_answered_with_an_open_posting(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.outages[POST] = ConnectionError("no PlanFact")
    await driver.finalize()
    await driver.approve()
    await driver.send(SYNC)
    waiting = await driver.effect(E.ACCOUNTING)
    assert waiting.state is EffectState.PENDING
    del activities.outages[POST]
    await driver.until_completed(E.ACCOUNTING)
    assert activities.completed[waiting.key] == 1


async def test_a_draft_is_refused_with_the_allowed_commands(driver: InvoiceDriver) -> None:
    before = await driver.events()
    with pytest.raises(CommandRefused) as refused:
        await driver.send(SYNC)
    assert set(refused.value.allowed) == {"edit", "regenerate", "check_facts", "finalize", "discard", "hold"}
    assert await driver.events() == before


async def test_the_signal_does_the_same(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.finalize_and_approve()
    await driver.handle.signal("sync_planfact", {"by": "boss"})
    await driver.until_calls(POST, 2)
    await driver.until_completed(E.ACCOUNTING)
    await driver.handle.signal("sync_planfact", {"effect": "x"})
    await driver.until_details("Ignored `sync_planfact`")
