"""Effects of an approval are compensated before they are repeated; a letter names the balance when it is sent."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from models.invoice.commands import Deliver, Reopen, RetryEffect
from models.invoice.effects import EffectName
from models.invoice.ports import EFFECT_PORTS
from models.invoice.status import Status
from models.values.document_options import Channel
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from tests.fixtures.temporal import fast_forward

E = EffectName


def port(name: EffectName) -> str:
    return EFFECT_PORTS[name].name


async def test_a_second_approval_posts_only_after_the_reversal_of_the_first_posting(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    """The invoice is approved again while the reversal runs; then PlanFact refuses the reversal."""
    await driver.finalize_and_approve()
    event = activities.pause(port(E.ACCOUNTING_REVERSAL))
    activities.fail(port(E.ACCOUNTING_REVERSAL), refusal("the period is closed"))
    await driver.send(Reopen(by="amina"))
    await driver.until_calls(port(E.ACCOUNTING_REVERSAL))
    await driver.finalize()
    await driver.approve()
    event.set()
    blocked = await driver.until(lambda state: any(e.name is E.ACCOUNTING_REVERSAL for e in state.blocked))
    await driver.until_completed(E.NOTICE)  # the other channels continue
    await driver.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
    await driver.until_completed(E.ACCOUNTING)
    effects = [each.name for each in activities.requests if each.name in (E.ACCOUNTING, E.ACCOUNTING_REVERSAL)]
    assert effects == [E.ACCOUNTING, E.ACCOUNTING_REVERSAL, E.ACCOUNTING]


async def test_an_outage_of_didox_does_not_delay_an_email(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    await driver.finalize_and_approve()
    event = activities.pause(port(E.EINVOICE_SIGNATURE))
    await driver.send(Deliver(by="boss", channel=Channel.DIDOX))
    await driver.until_completed(E.EINVOICE)
    activities.outages[port(E.EINVOICE_CANCEL)] = RuntimeError("Didox is down")
    await driver.send(Reopen(by="amina"))
    event.set()
    await driver.finalize()
    await driver.approve()
    await driver.send(Deliver(by="boss", channel=Channel.EMAIL))
    await driver.until_status(Status.SENT)


async def test_a_payment_replaces_a_pending_reminder(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    event = activities.pause(port(E.REMINDER))
    activities.fail(port(E.REMINDER), RuntimeError("the mail server is down"))
    skipping = asyncio.create_task(fast_forward(driver.client, driver.handle, timedelta(days=40)))
    await driver.until_calls(port(E.REMINDER))
    await driver.pay("p1", Decimal("5000000.00"))
    event.set()
    await driver.until_completed(E.REMINDER)
    skipping.cancel()
    assert [each.argument["balance"] for each in activities.requests_for(E.REMINDER)] == ["10000000.00"]
