"""The scenario of returned letters for `tests/record_histories.py`: the reading of the mailbox, and the invoice."""

from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.invoice.effects import EffectName
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from tests.fixtures.returned_letters import FakeMailbox, addressed
from worker import build_worker
from workflows.invoice.mailbox import ReadBouncesWorkflow

Handle = WorkflowHandle[object, object]


async def returned_letters(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """Two notices of one letter, and one about an invoice that no workflow runs for."""
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    await driver.send_by_email()
    letter = (await driver.effect(EffectName.EMAIL)).key
    ended = addressed(driver, letter).model_copy(update={"workflow_id": f"ended.{uuid4().hex[:8]}"})
    mailbox = FakeMailbox([(addressed(driver, letter), ended), (addressed(driver, letter, "n2"),)])
    async with build_worker(client, [mailbox.read, mailbox.mark_read], f"{queue}-mailbox"):
        reading = await client.start_workflow(
            ReadBouncesWorkflow.run, id=f"read-bounces.{uuid4().hex[:8]}", task_queue=f"{queue}-mailbox"
        )
        await reading.result()
    await driver.until_completed(EffectName.BOUNCE_NOTICE)
    await driver.pay()
    await driver.handle.result()
    return [client.get_workflow_handle(reading.id), driver.handle]
