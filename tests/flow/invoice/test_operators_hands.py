"""What an operator types by hand into the Web UI or the command line neither sticks nor ends an invoice."""

from typing import Any

import pytest
from temporalio.api.workflowservice.v1 import RespondActivityTaskCompletedByIdRequest
from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from models.billing.ports import FETCH_DRAFT
from models.documents.ports import RENDER
from models.invoice import ports
from models.invoice.commands import RetryEffect
from models.invoice.effects import EffectName, EffectState
from models.invoice.status import Status
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker

E, S = EffectName, Status
JUNK = ["junk", 17, {"state": "no such state"}, [1, 2], None]


async def complete_by_hand(driver: InvoiceDriver, activity_type: str, result: Any) -> None:
    """Complete the running activity as `temporal activity complete --result` does."""
    described = await driver.handle.describe()
    [pending] = [
        each for each in described.raw_description.pending_activities if each.activity_type.name == activity_type
    ]
    request = RespondActivityTaskCompletedByIdRequest(
        namespace=driver.client.namespace,
        workflow_id=driver.handle.id,
        activity_id=pending.activity_id,
        identity="an operator",
    )
    request.result.payloads.extend(await driver.client.data_converter.encode([result]))
    await driver.client.workflow_service.respond_activity_task_completed_by_id(request)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
async def test_a_junk_result_of_an_effect_blocks_it_as_unknown(
    driver: InvoiceDriver, activities: InMemoryActivities, junk: Any
) -> None:
    running = activities.pause("accounting.post")
    await driver.finalize()
    await driver.approve()
    await driver.until_calls("accounting.post")
    await complete_by_hand(driver, "accounting.post", junk)
    blocked = await driver.until(lambda invoice: bool(invoice.blocked))
    posting = blocked.blocked[0]
    assert (posting.name, posting.state) == (E.ACCOUNTING, EffectState.UNKNOWN)
    assert "by hand" in (posting.error or "")
    running.set()
    await driver.send(RetryEffect(by="boss", effect_id=posting.key))
    await driver.until_completed(E.ACCOUNTING)
    await driver.send_by_email()
    await driver.pay()
    assert (await driver.handle.result()).status is S.CLOSED


async def test_a_junk_result_of_a_save_is_saved_again(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    running = activities.pause(ports.PROJECT.name)
    await driver.handle.signal("hold", {"by": "boss", "reason": "look"})
    await driver.until_calls(ports.PROJECT.name, 2)
    await complete_by_hand(driver, ports.PROJECT.name, "junk")
    running.set()
    await driver.until_calls(ports.PROJECT.name, 3)
    invoice = await driver.until(lambda state: not state.journal)
    assert activities.saved[invoice.id].revision == invoice.revision == 2


async def test_a_junk_document_can_be_rendered_again(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    running = activities.pause(RENDER.name)
    await driver.handle.signal("finalize", {"by": "amina"})
    await driver.until_calls(RENDER.name)
    await complete_by_hand(driver, RENDER.name, "junk")
    blocked = await driver.until(lambda invoice: bool(invoice.blocked))
    running.set()
    await driver.send(RetryEffect(by="boss", effect_id=blocked.blocked[0].key))
    assert (await driver.until_completed(E.DOCUMENT)).document is not None


async def test_a_junk_draft_fails_and_can_be_requested_again(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    running = activities.pause(FETCH_DRAFT.name)
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.start(temporal, activities, queue)
        await driver.until_calls(FETCH_DRAFT.name)
        await complete_by_hand(driver, FETCH_DRAFT.name, "junk")
        running.set()
        with pytest.raises(WorkflowFailureError):
            await driver.handle.result()


@pytest.mark.parametrize("workflow_type", ["Invoice", "MonthlyDrafts"])
@pytest.mark.parametrize(
    "arguments",
    [[], ["garbage"], [17], [[1]], [{"request": "garbage", "period": "garbage"}], [None]],
    ids=repr,
)
async def test_a_junk_start_fails_at_once(
    temporal: Client, activities: InMemoryActivities, queue: str, workflow_type: str, arguments: list[Any]
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        handle = await temporal.start_workflow(workflow_type, args=arguments, id=f"junk.{queue}", task_queue=queue)
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
        assert isinstance(failed.value.cause, ApplicationError)
        assert failed.value.cause.type == "InvalidChange"


@pytest.mark.parametrize("report", [None, "junk", {"activity": "mail.notice"}, {"activity": "x" * 9, "attempt": 1}])
async def test_a_junk_report_of_an_attempt_is_noted(driver: InvoiceDriver, report: Any) -> None:
    await driver.handle.signal("attempt_failed", report)
    await driver.until(lambda invoice: any("attempt_failed" in note.text for note in invoice.notes))
    assert (await driver.finalize()).status is S.NEEDS_REVIEW


async def test_a_huge_report_is_cut(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.outages["archive.store"] = ConnectionError("no R2")
    await driver.finalize()
    await driver.approve()
    report = {"activity": "archive.store", "attempt": 5, "error": "x" * 1_000_000}
    await driver.handle.signal("attempt_failed", report)
    shown = await driver.until_details("Attempt 5 failed: xxx")
    assert len(shown) < 5000
