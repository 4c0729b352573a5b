"""The creation of invoices, and the results and errors that callers receive."""

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
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.editing.prefill_edit import EditedPrefill
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
SHORT_TIMEOUT = timedelta(seconds=1)


@pytest.fixture
async def client(temporal: Client, activities: InMemoryActivities) -> AsyncIterator[Client]:
    """Run a worker on the task queue of the callers; return their client."""
    async with build_worker(temporal, activities.all(), ids.TASK_QUEUE):
        yield temporal


def request(request_fingerprint: str | None = None) -> DraftRequest:
    return DraftRequest(
        subject=ContractPeriod(application_key=f"G-{uuid4().hex[:8].upper()}", period=FEBRUARY),
        by="amina",
        request_fingerprint=request_fingerprint,
    )


async def test_generate_returns_when_the_draft_can_be_read(client: Client, activities: InMemoryActivities) -> None:
    draft_request = request("key-1")
    opened = await generate(client, draft_request)
    assert opened.workflow_id == f"service-invoice.{draft_request.contract.application_key.lower()}.2026-02"
    assert (opened.revision, opened.created_by_request) == (1, "key-1")
    assert activities.saved[opened.invoice_id].revision == 1


async def test_fifty_simultaneous_requests_create_one_invoice(client: Client, activities: InMemoryActivities) -> None:
    draft_request = request()
    callers = [draft_request.model_copy(update={"request_fingerprint": f"key-{n}"}) for n in range(50)]
    opened = await asyncio.gather(*(generate(client, caller) for caller in callers))
    assert len({answer.invoice_id for answer in opened}) == 1
    created = [
        caller.request_fingerprint
        for caller, answer in zip(callers, opened, strict=True)
        if answer.created_by_request == caller.request_fingerprint
    ]
    assert len(created) == 1
    assert activities.calls[FETCH_DRAFT.name] == 1


async def test_a_refused_draft_has_a_reason_and_may_be_requested_again(
    client: Client, activities: InMemoryActivities
) -> None:
    draft_request = request()
    activities.fail(FETCH_DRAFT.name, refusal("There is no contract.", Failure.APPLICATION_NOT_FOUND))
    with pytest.raises(RequestFailed, match=r"There is no contract\.") as failed:
        await generate(client, draft_request)
    assert failed.value.code == "ApplicationNotFound"
    handle = client.get_workflow_handle(ids.service_invoice(draft_request.contract.application_key, FEBRUARY))
    with pytest.raises(Exception, match="Workflow execution failed"):
        await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED
    assert (await generate(client, draft_request)).revision == 1


async def test_a_caller_learns_that_its_draft_was_cancelled(
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


async def test_an_outage_of_the_warehouse_is_reported_at_once(client: Client, activities: InMemoryActivities) -> None:
    activities.fail(FETCH_DRAFT.name, ConnectionError("no ClickHouse"))
    with pytest.raises(RequestFailed, match="no ClickHouse"):
        await generate(client, request())
    assert activities.calls[FETCH_DRAFT.name] == 1


async def test_after_a_discard_the_next_attempt_gets_a_new_workflow(client: Client) -> None:
    draft_request = request()
    opened = await generate(client, draft_request)
    await send_command(client, opened.workflow_id, Discard(by="amina"))
    await client.get_workflow_handle(opened.workflow_id).result()
    with pytest.raises(WorkflowClosed):
        await generate(client, draft_request)
    with pytest.raises(WorkflowClosed):
        await send_command(client, opened.workflow_id, Finalize(by="amina"))
    second = await generate(client, draft_request, attempt=1)
    assert second.workflow_id == f"{opened.workflow_id}.2"
    assert second.invoice_id != opened.invoice_id


async def test_an_edit_without_an_answer_may_be_repeated(
    temporal: Client, activities: InMemoryActivities, queue: str
) -> None:
    """Without a worker there is no answer; the repeated request is applied once."""
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
    edit = Edit(by="amina", expected_revision=1, payment_days=30)
    with pytest.raises(OutcomeUnknown):
        await driver.send(edit, update_id="key-1", timeout=SHORT_TIMEOUT)
    async with build_worker(temporal, activities.all(), queue):
        answer = await driver.send(edit, update_id="key-1")
        assert answer.revision == 2
        assert (await driver.state()).revision == 2


async def test_a_generate_without_an_answer_may_be_repeated(temporal: Client, activities: InMemoryActivities) -> None:
    draft_request = request("key-1")
    with pytest.raises(OutcomeUnknown):
        await generate(temporal, draft_request, timeout=SHORT_TIMEOUT)
    async with build_worker(temporal, activities.all(), ids.TASK_QUEUE):
        opened = await generate(temporal, draft_request)
        assert (opened.revision, opened.created_by_request) == (1, "key-1")
    assert activities.calls[FETCH_DRAFT.name] == 1


async def test_an_edited_prefill_makes_one_draft_that_is_saved_once(
    client: Client, activities: InMemoryActivities
) -> None:
    opened = await generate(client, request("key-1"), wanted=EditedPrefill(total_amount=Decimal("14000000.00")))
    saved = activities.saved[opened.invoice_id]
    assert (opened.revision, saved.revision, str(saved.total)) == (2, 2, "14000000.00")
    assert [event.action for event in saved.journal] == ["create", "edit"]
    assert activities.calls[ports.PROJECT.name] == 1
    assert (await send_command(client, opened.workflow_id, Undo(by="amina", expected_revision=2))).revision == 3


async def test_a_refused_edit_makes_no_draft_and_may_be_requested_again(
    client: Client, activities: InMemoryActivities
) -> None:
    draft_request = request("key-1")
    with pytest.raises(RequestFailed, match="overtime: only a support contract") as failed:
        await generate(client, draft_request, wanted=EditedPrefill(overtime_hours=Decimal(1)))
    assert failed.value.code == "InvalidChange"
    assert activities.saved == {}
    assert (await generate(client, draft_request, wanted=EditedPrefill(base_amount=Decimal("1.00")))).revision == 2


async def test_a_refused_edit_does_not_refuse_another_request(client: Client, activities: InMemoryActivities) -> None:
    """Both requests join the same workflow; it fails for the first, and the second gets a new draft."""
    draft_request = request()
    drafting = activities.pause(FETCH_DRAFT.name)
    edited = EditedPrefill(overtime_hours=Decimal(1))
    refused = asyncio.create_task(
        generate(client, draft_request.model_copy(update={"request_fingerprint": "key-1"}), wanted=edited)
    )

    async def draft_calls() -> int:
        return activities.calls[FETCH_DRAFT.name]

    await eventually(draft_calls, lambda calls: calls == 1)
    handle = client.get_workflow_handle(ids.service_invoice(draft_request.subject.subject_key, FEBRUARY))
    plain = asyncio.create_task(generate(client, draft_request.model_copy(update={"request_fingerprint": "key-2"})))

    async def accepted_updates() -> int:
        event_types = [event.event_type async for event in handle.fetch_history_events()]
        return event_types.count(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)

    await eventually(accepted_updates, lambda count: count == 2)
    drafting.set()
    with pytest.raises(RequestFailed, match="overtime"):
        await refused
    opened = await plain
    assert (opened.revision, opened.created_by_request) == (1, "key-2")
    assert list(activities.saved) == [opened.invoice_id]


async def test_the_invoice_id_is_derived_from_the_workflow_id(client: Client) -> None:
    opened = await generate(client, request())
    assert opened.invoice_id == ids.invoice_id(opened.workflow_id)
    invoice = await client.get_workflow_handle(opened.workflow_id).query(InvoiceWorkflow.state)
    assert invoice is not None
    assert invoice.id == opened.invoice_id
