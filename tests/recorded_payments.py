"""The scenario of payments that are posted in PlanFact, for `tests/record_histories.py`."""

from temporalio.client import Client, WorkflowHandle

from models.invoice.commands import ReversePayment, SyncPlanfact
from models.invoice.effects import EffectName
from tests.fixtures.activities import AMOUNT, InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver

E = EffectName
Handle = WorkflowHandle[object, object]


async def posted_payments(client: Client, activities: InMemoryActivities, queue: str) -> list[Handle]:
    """A posting is checked; two payments are posted, one of them is reversed, and the rest closes the invoice."""
    activities.receipt_details[E.ACCOUNTING] = {"deal_id": "5", "books_payments": "yes"}
    driver = await InvoiceDriver.open(client, activities, queue)
    await driver.finalize_and_approve()
    await driver.send(SyncPlanfact(by="boss"))
    await driver.send_by_email()
    await driver.pay("p1", AMOUNT / 3)
    await driver.pay("p2", AMOUNT / 5)
    await driver.send(ReversePayment(by="boss", payment_id="p1", reason="of another client"))
    await driver.until_completed(E.PAYMENT_REVERSAL)
    await driver.pay("p3", AMOUNT * 4 / 5)
    await driver.handle.result()
    return [driver.handle]
