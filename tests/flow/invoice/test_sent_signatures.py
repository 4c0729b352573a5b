"""A signature in the workflow: the act is sent, the watch ends at once, and a cancellation waits for its signature."""

from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.invoice.commands import Deliver, SubmitSignature, Void
from models.invoice.effects import EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.signing.ports import ToSignRequest
from models.invoice.signing.task import SigningAction, signing_task
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker
from workflows.client import signatures
from workflows.client.errors import CommandRefused, RequestFailed
from workflows.runtime import ids

E, S = EffectName, Status
SIGN = SubmitSignature(by="lena", signature="a" * 64)
WATCH = "einvoice.await_signature"
HOURLY = ApplicationError(
    "not yet", type="Waiting", category=ApplicationErrorCategory.BENIGN, next_retry_delay=timedelta(hours=1)
)


async def waiting(driver: InvoiceDriver, activities: InMemoryActivities) -> Invoice:
    """Deliver by Didox; the watch looks again in an hour only."""
    activities.outages[WATCH] = HOURLY
    activities.outages["einvoice.await_answer"] = HOURLY
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    return await driver.until(lambda invoice: signing_task(invoice) is not None)


async def test_the_invoice_is_sent_when_the_command_is_answered(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await waiting(driver, activities)
    await driver.until_calls(WATCH)
    answer = await driver.send(SIGN)
    assert answer.status is S.SENT
    [request] = activities.requests_for(E.EINVOICE_SEND)
    assert request.argument == {"document_id": "einvoice-1", "signature": "a" * 64}
    assert activities.repeated_effects() == []


async def test_an_outage_is_answered_with_an_open_effect(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await waiting(driver, activities)
    activities.outages["einvoice.send"] = ConnectionError("no Didox")
    answer = await driver.send(SIGN)
    assert (answer.status, (await driver.effect(E.EINVOICE_SEND)).state) == (S.APPROVED, EffectState.PENDING)
    del activities.outages["einvoice.send"]
    await driver.until_status(S.SENT)
    assert len(activities.requests_for(E.EINVOICE_SEND)) == 1


async def test_a_refused_signature_blocks_until_another_one(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await waiting(driver, activities)
    activities.fail("einvoice.send", refusal("the offer is not signed"))
    await driver.send(SIGN)
    blocked = await driver.state()
    assert [each.error for each in blocked.blocked] == ["the offer is not signed"]
    await driver.send(SIGN.model_copy(update={"signature": "b" * 64}))
    sent = await driver.until_status(S.SENT)
    assert not sent.blocked


async def test_nothing_to_sign_is_refused_without_an_event(driver: InvoiceDriver) -> None:
    before = await driver.events()
    with pytest.raises(CommandRefused, match="waits for our signature") as refused:
        await driver.send(SIGN)
    assert "finalize" in refused.value.allowed
    assert await driver.events() == before


async def test_the_cancellation_of_a_sent_act_goes_on_with_a_signature(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await waiting(driver, activities)
    await driver.send(SIGN)
    activities.fail("einvoice.cancel", refusal("sign it", Failure.NEEDS_SIGNATURE))
    await driver.send(Void(by="boss", reason="wrong client"))
    asked = await driver.until(lambda invoice: signing_task(invoice) is not None)
    task = signing_task(asked)
    assert task is not None
    assert (task.action, task.document_id) == (SigningAction.CANCEL, "einvoice-1")
    await driver.send(SIGN.model_copy(update={"signature": "c" * 64}))
    await driver.handle.result()
    [request] = activities.requests_for(E.EINVOICE_CANCEL)
    assert request.argument["signature"] == "c" * 64


class TestFetch:
    REQUEST = ToSignRequest(invoice_id="i", display_number="ACT-1", action=SigningAction.SEND, document_id="f" * 32)

    async def test_the_digest_is_returned(self, own_temporal: Client, activities: InMemoryActivities) -> None:
        async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
            found = await signatures.fetch_to_sign(own_temporal, self.REQUEST, timedelta(seconds=30))
        assert found.seller_tin == f"tin of {'f' * 32}"

    async def test_a_refusal_has_its_code(self, own_temporal: Client, activities: InMemoryActivities) -> None:
        activities.fail("einvoice.fetch_to_sign", refusal("it is sent already", Failure.NOTHING_TO_SIGN))
        async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
            with pytest.raises(RequestFailed, match="it is sent already") as failed:
                await signatures.fetch_to_sign(own_temporal, self.REQUEST, timedelta(seconds=30))
        assert failed.value.code == Failure.NOTHING_TO_SIGN

    async def test_an_outage_is_tried_twice(self, own_temporal: Client, activities: InMemoryActivities) -> None:
        activities.outages["einvoice.fetch_to_sign"] = ConnectionError("no Didox")
        async with build_worker(own_temporal, activities.all(), ids.TASK_QUEUE):
            with pytest.raises(RequestFailed):
                await signatures.fetch_to_sign(own_temporal, self.REQUEST, timedelta(seconds=30))
        assert activities.calls["einvoice.fetch_to_sign"] == 2
