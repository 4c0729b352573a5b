"""A new run continues with the state, details, search attributes, reminders and watches of the last one."""

from datetime import UTC, timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.invoice.commands import Deliver, Edit, RetryEffect
from models.invoice.effects import EffectName
from models.invoice.status import Status
from models.values.period import local_moment
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from worker import build_worker
from workflows.invoice.search_attributes import BLOCKED, CUSTOMER, DUE, KIND, NUMBER, PERIOD, STATUS

E, S = EffectName, Status
NOT_YET = ApplicationError(
    "not yet", type="NotYet", category=ApplicationErrorCategory.BENIGN, next_retry_delay=timedelta(seconds=1)
)


async def test_a_new_run_continues_the_invoice(temporal: Client, activities: InMemoryActivities, queue: str) -> None:
    activities.outages["einvoice.await_answer"] = NOT_YET
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, longest_history=60)
        first_run = await driver.run_id()
        await driver.finalize_and_approve()
        await driver.send(Deliver(by="boss"))
        await driver.until_status(S.SENT)
        await eventually(driver.run_id, lambda run: run != first_run)
        first = temporal.get_workflow_handle(driver.handle.id, run_id=first_run)
        assert (await first.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW

        invoice = await driver.state()
        assert (invoice.status, invoice.display_number) == (S.SENT, "ACT-1")
        details = await driver.details()
        assert details.startswith("## ACT-1: sent")
        assert "| Next |" in details  # the reminder's timer is set again
        assert "einvoice answer" in details
        attributes = (await driver.handle.describe()).typed_search_attributes
        assert invoice.due is not None
        assert {key.name: attributes.get(key) for key in (STATUS, KIND, PERIOD, NUMBER, BLOCKED, CUSTOMER, DUE)} == {
            "InvoiceStatus": "sent",
            "InvoiceKind": "service",
            "InvoicePeriod": "2026-02",
            "InvoiceNumber": "ACT-1",
            "InvoiceBlocked": "no",
            "InvoiceCustomer": invoice.content.customer_key,
            "InvoiceDue": local_moment(invoice.due, 0, "Asia/Tashkent").astimezone(UTC),
        }

        watched = activities.calls["einvoice.await_answer"]
        await driver.until_calls("einvoice.await_answer", watched + 1)
        activities.receipt_details[E.EINVOICE_ANSWER] = {"answer": "accepted"}
        del activities.outages["einvoice.await_answer"]
        await driver.until_status(S.ACCEPTED)
        await driver.pay()
        assert (await driver.handle.result()).status is S.CLOSED
    assert activities.repeated_effects() == []


async def test_a_blocked_effect_can_be_retried_in_the_next_run(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.fail("accounting.post", refusal("no such contractor"))
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, longest_history=50)
        first_run = await driver.run_id()
        await driver.finalize()
        await driver.approve()
        blocked = await driver.until(lambda invoice: bool(invoice.blocked))
        await driver.send_by_email()
        await eventually(driver.run_id, lambda run: run != first_run)
        assert "no such contractor" in await driver.details()
        await driver.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
        await driver.until_completed(E.ACCOUNTING)


async def test_revisions_continue_across_many_runs(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue, longest_history=20)
        runs = {await driver.run_id()}
        for n in range(12):
            answer = await driver.send(Edit(by="amina", expected_revision=n + 1, payment_days=n))
            assert answer.revision == n + 2
            runs.add(await driver.run_id())
        assert len(runs) > 3
        assert (await driver.state()).content.payment_days == 11
        assert activities.saved[(await driver.state()).id].revision == 13
