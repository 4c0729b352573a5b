"""A new run goes on where the last one stopped: state, details, search attributes, alarms and what it watches."""

from datetime import UTC, timedelta

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.invoice.commands import Deliver, Edit, RetryEffect
from models.invoice.effects import EffectName
from models.invoice.status import Status
from models.values.period import local_moment
from tests.fixtures.activities import Outside, refusal
from tests.fixtures.invoice_driver import Desk, eventually
from worker import build_worker
from workflows.invoice.search_attributes import BLOCKED, CUSTOMER, DUE, KIND, NUMBER, PERIOD, STATUS

E, S = EffectName, Status
NOT_YET = ApplicationError(
    "not yet", type="NotYet", category=ApplicationErrorCategory.BENIGN, next_retry_delay=timedelta(seconds=1)
)


async def test_everything_survives_a_new_run(temporal: Client, outside: Outside, queue: str) -> None:
    outside.down["einvoice.await_answer"] = NOT_YET
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue, longest_history=60)
        first_run = await desk.run_id()
        await desk.approved()
        await desk.send(Deliver(by="boss"))
        await desk.until_status(S.SENT)
        await eventually(desk.run_id, lambda run: run != first_run)
        first = temporal.get_workflow_handle(desk.handle.id, run_id=first_run)
        assert (await first.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW

        invoice = await desk.state()
        assert (invoice.status, invoice.display_number) == (S.SENT, "ACT-1")
        shown = await desk.details()
        assert shown.startswith("## ACT-1: sent")
        assert "| Next |" in shown  # the alarm is armed again
        assert "einvoice answer" in shown
        found = (await desk.handle.describe()).typed_search_attributes
        assert invoice.due is not None
        assert {key.name: found.get(key) for key in (STATUS, KIND, PERIOD, NUMBER, BLOCKED, CUSTOMER, DUE)} == {
            "InvoiceStatus": "sent",
            "InvoiceKind": "service",
            "InvoicePeriod": "2026-02",
            "InvoiceNumber": "ACT-1",
            "InvoiceBlocked": "no",
            "InvoiceCustomer": invoice.content.customer_key,
            "InvoiceDue": local_moment(invoice.due, 0, "Asia/Tashkent").astimezone(UTC),
        }

        watched = outside.calls["einvoice.await_answer"]
        await desk.until_called("einvoice.await_answer", watched + 1)
        outside.answers[E.EINVOICE_ANSWER] = {"answer": "accepted"}
        del outside.down["einvoice.await_answer"]
        await desk.until_status(S.ACCEPTED)
        await desk.pay()
        assert (await desk.handle.result()).status is S.CLOSED
    assert outside.repeated() == []


async def test_a_blocked_effect_can_be_retried_in_the_next_run(temporal: Client, outside: Outside, queue: str) -> None:
    outside.fail("accounting.post", refusal("no such contractor"))
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue, longest_history=50)
        first_run = await desk.run_id()
        await desk.finalize()
        await desk.approve()
        blocked = await desk.until(lambda invoice: bool(invoice.blocked))
        await desk.email()
        await eventually(desk.run_id, lambda run: run != first_run)
        assert "no such contractor" in await desk.details()
        await desk.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
        await desk.until_done(E.ACCOUNTING)


async def test_many_edits_make_many_runs_and_one_chain_of_revisions(
    temporal: Client, outside: Outside, queue: str
) -> None:
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue, longest_history=20)
        runs = {await desk.run_id()}
        for n in range(12):
            answer = await desk.send(Edit(by="amina", expected_revision=n + 1, payment_days=n))
            assert answer.revision == n + 2
            runs.add(await desk.run_id())
        assert len(runs) > 3
        assert (await desk.state()).content.payment_days == 11
        assert outside.rows[(await desk.state()).id].revision == 13
