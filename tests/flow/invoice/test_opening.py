"""How invoices come into being, and how a caller learns what became of a request."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError, WorkflowUpdateFailedError

from models.billing.ports import FETCH_DRAFT
from models.invoice import ports
from models.invoice.commands import Discard, Edit, Finalize, Undo
from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.invoice import ContractPeriod, DraftRequest
from models.values.failure_codes import Failure
from models.values.period import Period
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from worker import build_worker
from workflows.client.errors import OutcomeUnknown, RequestFailed, WorkflowClosed
from workflows.client.invoices import generate, send_command
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.runtime import ids

FEBRUARY = Period.month(2026, 2)
SOON = timedelta(seconds=1)


@pytest.fixture
async def client(temporal: Client, activities: InMemoryActivities) -> AsyncIterator[Client]:
    """A worker on the queue that callers use."""
    async with build_worker(temporal, activities.all(), ids.TASK_QUEUE):
        yield temporal


def request(request_fingerprint: str | None = None) -> DraftRequest:
    return DraftRequest(
        subject=ContractPeriod(application_key=f"G-{uuid4().hex[:8]}", period=FEBRUARY),
        by="amina",
        request_fingerprint=request_fingerprint,
    )


async def test_generate_answers_when_the_draft_can_be_read(client: Client, activities: InMemoryActivities) -> None:
    asked = request("key-1")
    opened = await generate(client, asked)
    assert opened.workflow_id == f"service-invoice.{asked.contract.application_key.lower()}.2026-02"
    assert (opened.revision, opened.created_by_request) == (1, "key-1")
    assert activities.saved[opened.invoice_id].revision == 1


async def test_fifty_at_once_make_one_invoice_and_one_creator(client: Client, activities: InMemoryActivities) -> None:
    asked = request()
    callers = [asked.model_copy(update={"request_fingerprint": f"key-{n}"}) for n in range(50)]
    opened = await asyncio.gather(*(generate(client, caller) for caller in callers))
    assert len({answer.invoice_id for answer in opened}) == 1
    created = [
        caller.request_fingerprint
        for caller, answer in zip(callers, opened, strict=True)
        if answer.created_by_request == caller.request_fingerprint
    ]
    assert len(created) == 1
    assert activities.calls[FETCH_DRAFT.name] == 1


async def test_a_refused_draft_says_why_and_may_be_asked_for_again(
    client: Client, activities: InMemoryActivities
) -> None:
    asked = request()
    activities.fail(FETCH_DRAFT.name, refusal("There is no contract.", Failure.APPLICATION_NOT_FOUND))
    with pytest.raises(RequestFailed, match=r"There is no contract\.") as failed:
        await generate(client, asked)
    assert failed.value.code == "ApplicationNotFound"
    handle = client.get_workflow_handle(ids.service_invoice(asked.contract.application_key, FEBRUARY))
    with pytest.raises(Exception, match="Workflow execution failed"):
        await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED
    assert (await generate(client, asked)).revision == 1


async def test_a_draft_that_is_cancelled_before_it_is_made_says_so_to_who_waits(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    activities.outages[FETCH_DRAFT.name] = ConnectionError("no ClickHouse")
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.start(temporal, activities, queue, patient=True)
        waiting = asyncio.create_task(driver.handle.execute_update("opened"))
        await driver.until_calls(FETCH_DRAFT.name, 2)
        await driver.handle.cancel()
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await waiting
        assert "cancelled before" in str(refused.value.cause)
        with pytest.raises(WorkflowFailureError):
            await driver.handle.result()
        assert (await driver.handle.describe()).status is WorkflowExecutionStatus.CANCELED


async def test_a_warehouse_that_is_down_is_said_at_once(client: Client, activities: InMemoryActivities) -> None:
    activities.fail(FETCH_DRAFT.name, ConnectionError("no ClickHouse"))
    with pytest.raises(RequestFailed, match="no ClickHouse"):
        await generate(client, request())
    assert activities.calls[FETCH_DRAFT.name] == 1


async def test_a_closed_invoice_is_not_generated_again_but_its_next_attempt_is(client: Client) -> None:
    asked = request()
    opened = await generate(client, asked)
    await send_command(client, opened.workflow_id, Discard(by="amina"))
    await client.get_workflow_handle(opened.workflow_id).result()
    with pytest.raises(WorkflowClosed):
        await generate(client, asked)
    with pytest.raises(WorkflowClosed):
        await send_command(client, opened.workflow_id, Finalize(by="amina"))
    second = await generate(client, asked, attempt=1)
    assert second.workflow_id == f"{opened.workflow_id}.2"
    assert second.invoice_id != opened.invoice_id


async def test_silence_is_not_a_refusal(temporal: Client, activities: InMemoryActivities, queue: str) -> None:
    """Without a worker nobody answers; the same request later is applied, and applied once."""
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
    edit = Edit(by="amina", expected_revision=1, payment_days=30)
    with pytest.raises(OutcomeUnknown):
        await driver.send(edit, update_id="key-1", timeout=SOON)
    async with build_worker(temporal, activities.all(), queue):
        answer = await driver.send(edit, update_id="key-1")
        assert answer.revision == 2
        assert (await driver.state()).revision == 2


async def test_a_generate_that_nobody_heard_is_repeated(temporal: Client, activities: InMemoryActivities) -> None:
    asked = request("key-1")
    with pytest.raises(OutcomeUnknown):
        await generate(temporal, asked, timeout=SOON)
    async with build_worker(temporal, activities.all(), ids.TASK_QUEUE):
        opened = await generate(temporal, asked)
        assert (opened.revision, opened.created_by_request) == (1, "key-1")
    assert activities.calls[FETCH_DRAFT.name] == 1


async def test_an_edited_prefill_result_is_one_draft_and_one_save(
    client: Client, activities: InMemoryActivities
) -> None:
    opened = await generate(client, request("key-1"), wanted=EditedPrefill(total_amount=Decimal("14000000.00")))
    saved = activities.saved[opened.invoice_id]
    assert (opened.revision, saved.revision, str(saved.total)) == (2, 2, "14000000.00")
    assert [event.action for event in saved.journal] == ["create", "edit"]
    assert activities.calls[ports.PROJECT.name] == 1
    assert (await send_command(client, opened.workflow_id, Undo(by="amina", expected_revision=2))).revision == 3


async def test_a_refused_edit_makes_no_draft_and_may_be_asked_for_again(
    client: Client, activities: InMemoryActivities
) -> None:
    asked = request("key-1")
    with pytest.raises(RequestFailed, match="overtime: only a support contract") as failed:
        await generate(client, asked, wanted=EditedPrefill(overtime_hours=Decimal(1)))
    assert failed.value.code == "InvalidChange"
    assert activities.saved == {}
    assert (await generate(client, asked, wanted=EditedPrefill(base_amount=Decimal("1.00")))).revision == 2


async def test_who_asked_for_no_edit_is_not_refused_for_anothers(
    client: Client, activities: InMemoryActivities
) -> None:
    """Both meet the same workflow; the refused one ends, and the other request gets a draft of its own."""
    asked = request()
    facts = activities.pause(FETCH_DRAFT.name)
    edited = EditedPrefill(overtime_hours=Decimal(1))
    refused = asyncio.create_task(
        generate(client, asked.model_copy(update={"request_fingerprint": "key-1"}), wanted=edited)
    )

    async def drafting() -> int:
        return activities.calls[FETCH_DRAFT.name]

    await eventually(drafting, lambda calls: calls == 1)
    handle = client.get_workflow_handle(ids.service_invoice(asked.subject.subject_key, FEBRUARY))
    plain = asyncio.create_task(generate(client, asked.model_copy(update={"request_fingerprint": "key-2"})))

    async def waiting() -> int:
        kinds = [event.event_type async for event in handle.fetch_history_events()]
        return kinds.count(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)

    await eventually(waiting, lambda accepted: accepted == 2)
    facts.set()
    with pytest.raises(RequestFailed, match="overtime"):
        await refused
    opened = await plain
    assert (opened.revision, opened.created_by_request) == (1, "key-2")
    assert list(activities.saved) == [opened.invoice_id]


async def test_the_invoice_id_follows_from_the_workflow_id(client: Client) -> None:
    opened = await generate(client, request())
    assert opened.invoice_id == ids.invoice_id(opened.workflow_id)
    invoice = await client.get_workflow_handle(opened.workflow_id).query(InvoiceWorkflow.state)
    assert invoice is not None
    assert invoice.id == opened.invoice_id
