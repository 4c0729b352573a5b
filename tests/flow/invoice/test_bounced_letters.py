"""Bounces in a real workflow: each notice reaches its invoice, and counts once whatever is repeated."""

from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client, ScheduleOverlapPolicy, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from models.invoice.bounces.recording import standing_bounces
from models.invoice.commands import Discard
from models.invoice.effects import EffectName
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from tests.fixtures.returned_letters import GONE, FakeMailbox, addressed
from worker import build_worker
from workflows.client.recurring import mailbox_schedule
from workflows.invoice.mailbox import MailboxReport, ReadBouncesWorkflow
from workflows.runtime import ids


async def read(client: Client, mailbox: FakeMailbox) -> MailboxReport:
    """Run the workflow once, on a worker of its own."""
    queue = str(uuid4())
    async with build_worker(client, [mailbox.read, mailbox.mark_read], queue):
        return await client.execute_workflow(ReadBouncesWorkflow.run, id=f"read-bounces.{queue}", task_queue=queue)


async def sent_letter(driver: InvoiceDriver) -> str:
    await driver.finalize_and_approve()
    await driver.send_by_email()
    return (await driver.effect(EffectName.EMAIL)).key


async def test_a_bounce_marks_the_invoice_and_finance_gets_one_letter(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    letter = await sent_letter(driver)
    mailbox = FakeMailbox([(addressed(driver, letter),)])
    assert await read(temporal, mailbox) == MailboxReport(told=1)
    invoice = await driver.until_completed(EffectName.BOUNCE_NOTICE)
    assert [each.notice for each in standing_bounces(invoice)] == ["n1"]
    mailbox.marked = 0  # the worker was killed before the position was stored
    assert await read(temporal, mailbox) == MailboxReport(told=1)
    await driver.handle.signal("hold", {"reason": "looking"})  # a later signal is applied after the repeated report
    after = await driver.until(lambda state: state.held is not None)
    assert [each.notice for each in after.bounces] == ["n1"]
    [request] = activities.requests_for(EffectName.BOUNCE_NOTICE)
    assert request.argument == {"letter": "email", "undelivered": "nodira@example.com: 5.1.1 550 No such user"}
    assert activities.saved[after.id].bounces == after.bounces
    assert "**BOUNCED**" in await driver.details()


async def test_all_batches_are_read_and_a_workflow_that_ended_is_counted(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    letter = await sent_letter(driver)
    gone = addressed(driver, letter).model_copy(update={"workflow_id": f"no-such.{uuid4()}"})
    mailbox = FakeMailbox([(gone,), (addressed(driver, letter, "n2"), gone)])
    assert await read(temporal, mailbox) == MailboxReport(told=1, ended=2)
    assert mailbox.marked == 2
    await driver.until(lambda state: len(state.bounces) == 1)


async def test_a_discarded_invoice_has_ended(
    driver: InvoiceDriver, activities: InMemoryActivities, temporal: Client
) -> None:
    await driver.send(Discard(by="amina"))
    await driver.handle.result()
    assert await read(temporal, FakeMailbox([(addressed(driver, "x:1:email"),)])) == MailboxReport(ended=1)


async def test_a_refused_login_fails_the_run_at_once_and_a_lost_connection_is_retried(temporal: Client) -> None:
    refused = FakeMailbox(failures=[refusal("The mailbox of bounces refused: wrong password"), AssertionError("again")])
    with pytest.raises(WorkflowFailureError):
        await read(temporal, refused)
    assert len(refused.failures) == 1
    lost = FakeMailbox(failures=[ApplicationError("lost", type="Transient")])
    assert await read(temporal, lost) == MailboxReport()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "notice: Field required"),
        ("gone", "Input should be a valid dictionary"),
        ({"notice": "n", "effect": "nothing", "permanent": True, "recipients": [GONE.model_dump()]}, "no letter"),
        ({"notice": "n" * 301, "effect": "e", "permanent": True, "recipients": []}, "at most 300 characters"),
    ],
)
async def test_a_report_that_does_not_fit_is_noted(driver: InvoiceDriver, given: object, words: str) -> None:
    await driver.handle.signal("mail_bounced", given)
    details = await driver.until_details("Ignored `mail_bounced`")
    assert words in details
    assert (await driver.state()).bounces == ()


async def test_the_schedule_reads_the_mailbox_and_is_removed_with_it(own_temporal: Client) -> None:
    mailbox = FakeMailbox()
    assert await mailbox_schedule.apply(own_temporal, timedelta(minutes=5)) is True
    handle = own_temporal.get_schedule_handle(ids.MAILBOX_SCHEDULE)
    await handle.pause(note="the server moves")
    assert await mailbox_schedule.apply(own_temporal, timedelta(minutes=2)) is False
    schedule = (await handle.describe()).schedule
    assert [each.every for each in schedule.spec.intervals] == [timedelta(minutes=2)]
    assert (schedule.state.paused, schedule.policy.overlap) == (True, ScheduleOverlapPolicy.SKIP)
    async with build_worker(own_temporal, [mailbox.read, mailbox.mark_read], ids.TASK_QUEUE):
        await handle.trigger()

        async def finished() -> list[WorkflowExecutionStatus | None]:
            return [run.status async for run in own_temporal.list_workflows("WorkflowType = 'ReadBounces'")]

        await eventually(finished, lambda found: found == [WorkflowExecutionStatus.COMPLETED])
    assert await mailbox_schedule.remove(own_temporal) is True
    assert await mailbox_schedule.remove(own_temporal) is False
