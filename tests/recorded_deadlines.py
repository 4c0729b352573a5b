"""The scenario of deadlines for `tests/record_histories.py`."""

from datetime import timedelta

from temporalio.client import Client, WorkflowHandle

from models.invoice.commands import Hold, Release, ResolveEffect
from models.invoice.effects import EffectName
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.deadlines import notices, terms_with_deadlines
from tests.fixtures.invoice_driver import InvoiceDriver
from tests.fixtures.temporal import fast_forward

Handle = WorkflowHandle[object, object]


async def deadlines(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """A review that is reminded and escalated, a blocked effect over a hold, and a message that is cancelled."""
    activities.terms = terms_with_deadlines()
    activities.fail("accounting.post", refusal("no such contractor"))
    driver = await InvoiceDriver.open(client, activities, queue)

    async def forward(hours: int, messages: int) -> None:
        await fast_forward(client, driver.handle, timedelta(hours=hours))
        await driver.until(lambda state: len(notices(state)) == messages)

    await driver.finalize()
    await driver.until(lambda state: state.document is not None)
    await forward(25, 1)
    await driver.until_completed(EffectName.DEADLINE_NOTICE)
    await forward(48, 2)
    await driver.until_completed(EffectName.DEADLINE_NOTICE)
    await driver.approve()
    blocked = await driver.until(lambda state: bool(state.blocked))
    await driver.send(Hold(by="boss", reason="the client called"))
    await forward(5, 2)
    activities.outages["mail.deadline_notice"] = ConnectionError("no mail server")
    await driver.send(Release(by="boss"))
    await driver.until_calls("mail.deadline_notice", 3)
    key = blocked.blocked[0].key
    await driver.send(
        ResolveEffect(by="boss", effect_id=key, outcome="done", vendor_id="5", note="posted by hand in PlanFact")
    )
    await driver.until_completed(EffectName.ARCHIVE, EffectName.NOTICE)
    await driver.send_by_email()
    await driver.pay()
    await driver.handle.result()
    return [driver.handle]
