"""The scenario of reported acts for `tests/record_histories.py`: the sweep, and the invoice that it tells."""

from datetime import timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.invoice.commands import Deliver, ResolveEffect
from models.invoice.effects import EffectName
from models.invoice.status import Status
from tests.fixtures.act_sweeps import FakeSweep, addressed, change, seen
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from tests.fixtures.temporal import fast_forward
from worker import build_worker
from workflows.invoice.act_sweep import ActSweepStart, ActSweepWorkflow

Handle = WorkflowHandle[object, object]
SIGNATURE, ANSWER, CHECK = EffectName.EINVOICE_SIGNATURE, EffectName.EINVOICE_ANSWER, EffectName.EINVOICE_CHECK


async def reported_acts(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """The signature is found by an own look, the answer after a report, and an annulment after the answer."""
    activities.receipts[SIGNATURE] = [seen(SIGNATURE, 0), seen(SIGNATURE, 0), seen(SIGNATURE, 1)]
    activities.receipts[ANSWER] = [seen(ANSWER, 1), seen(ANSWER, 60), seen(ANSWER, 3)]
    activities.receipts[CHECK] = [seen(CHECK, 50, "wrong TIN")]
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    await driver.until_calls("einvoice.await_signature", 1)
    await driver.handle.signal("act_changed", change("status 0"))
    await driver.until_calls("einvoice.await_signature", 2)
    await fast_forward(client, driver.handle, timedelta(days=1, minutes=1))
    await driver.until_status(Status.SENT)
    await driver.until_calls("einvoice.await_answer", 1)
    await driver.handle.signal("act_changed", change("status 60"))
    await driver.until(lambda invoice: invoice.act is not None and invoice.act.status == 60)
    sweep = FakeSweep([(await addressed(driver),)], failures=[ConnectionError("no Didox")])
    async with build_worker(client, [sweep.find, sweep.mark], f"{queue}-sweep"):
        sweeping = await client.start_workflow(
            ActSweepWorkflow.run, ActSweepStart(), id=f"act-sweep.{uuid4().hex[:8]}", task_queue=f"{queue}-sweep"
        )
        await sweeping.result()
    await driver.until_status(Status.ACCEPTED)
    await driver.handle.signal("act_changed", change("status 50"))
    blocked = await driver.until(lambda invoice: bool(invoice.blocked))
    await driver.send(
        ResolveEffect(by="boss", effect_id=blocked.blocked[0].key, outcome="done", note="a new act was signed")
    )
    await driver.pay()
    await driver.handle.result()
    return [client.get_workflow_handle(sweeping.id), driver.handle]
