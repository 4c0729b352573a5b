"""The recorded histories of signatures: an act that is signed and sent, and then cancelled with a second signature."""

from datetime import timedelta

from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.invoice.commands import Deliver, SubmitSignature, Void
from models.invoice.effects import EffectName
from models.invoice.signing.ports import ToSignRequest
from models.invoice.signing.task import SigningAction, signing_task
from models.invoice.status import Status
from models.values.failure_codes import Failure
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver
from workflows.invoice.to_sign import FetchToSignWorkflow, ToSignStart

HOURLY = ApplicationError(
    "not yet", type="Waiting", category=ApplicationErrorCategory.BENIGN, next_retry_delay=timedelta(hours=1)
)


async def signed_act(
    client: Client, activities: InMemoryActivities, queue: str
) -> list[WorkflowHandle[object, object]]:
    """The bytes are fetched; one signature is refused, the next one sent; the void is signed as well."""
    activities.outages["einvoice.await_signature"] = activities.outages["einvoice.await_answer"] = HOURLY
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    await driver.send(Deliver(by="boss"))
    waiting = await driver.until(lambda invoice: signing_task(invoice) is not None)
    request = ToSignRequest(
        invoice_id=waiting.id, display_number="ACT-1", action=SigningAction.SEND, document_id="einvoice-1"
    )
    fetch = await client.start_workflow(
        FetchToSignWorkflow.run, ToSignStart(request=request), id=f"to-sign.{waiting.id}", task_queue=queue
    )
    await fetch.result()
    activities.fail("einvoice.send", refusal("the offer is not signed"))
    await driver.send(SubmitSignature(by="lena", signature="a" * 64))
    await driver.send(SubmitSignature(by="lena", signature="b" * 64))
    await driver.until_status(Status.SENT)
    activities.fail("einvoice.cancel", refusal("sign the cancellation", Failure.NEEDS_SIGNATURE))
    await driver.send(Void(by="boss", reason="wrong client"))
    await driver.until(lambda invoice: signing_task(invoice) is not None)
    await driver.send(SubmitSignature(by="lena", signature="c" * 64))
    await driver.handle.result()
    assert len(activities.requests_for(EffectName.EINVOICE_SEND)) == 1
    return [driver.handle, client.get_workflow_handle(fetch.id)]
